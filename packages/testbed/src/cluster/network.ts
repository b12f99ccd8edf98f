import { randomInt } from 'node:crypto';
import { WasmcastError } from '@wasmcast/core';
import { run } from '../process/run.ts';

/** The addresses of one cluster: a bridge on this machine and a /24 of pods, out of the range for benchmarks (RFC 2544). */
export interface ClusterNetwork {
  readonly bridge: string;
  /** The bridge's own address, which machine and pods both reach, e.g. `198.18.7.1`. */
  readonly gateway: string;
  readonly podSubnet: string;
  /** Never routed: there is no kube-proxy. */
  readonly serviceSubnet: string;
  /** The first of the services: the API server. */
  readonly apiService: string;
}

interface Link {
  readonly ifname: string;
  readonly ifalias?: string;
  readonly addr_info?: readonly { readonly local?: string }[];
}

/** Takes a free /24 by creating its bridge, marked as that of a run folder; two clusters never get the same. */
export async function createNetwork(runPath: string, signal?: AbortSignal): Promise<ClusterNetwork> {
  const links = await listLinks();
  const used = new Set(
    links.flatMap((link) => (link.addr_info ?? []).map((one) => one.local)).map(thirdOctet),
  );
  const start = randomInt(1, 255);
  for (let tried = 0; tried < 254; tried += 1) {
    signal?.throwIfAborted();
    // 198.18.0.0/24 is left to clusters that were made by hand.
    const octet = 1 + ((start + tried) % 254);
    if (used.has(octet)) continue;
    const network = networkOf(octet);
    if (await createBridge(network, runPath)) return network;
  }
  throw new WasmcastError('WC-BED-010', 'no free /24 in 198.18.0.0/16 for the pods of a cluster');
}

/** Removes every bridge that is marked as that of a run folder. */
export async function removeNetworks(runPath: string): Promise<void> {
  for (const link of await listLinks()) {
    if (link.ifalias === aliasOf(runPath))
      await run('ip', ['link', 'delete', link.ifname]).catch(() => undefined);
  }
}

function networkOf(octet: number): ClusterNetwork {
  return {
    bridge: `wcbed${octet}`,
    gateway: `198.18.${octet}.1`,
    podSubnet: `198.18.${octet}.0/24`,
    serviceSubnet: `198.19.${octet}.0/24`,
    apiService: `198.19.${octet}.1`,
  };
}

async function createBridge(network: ClusterNetwork, runPath: string): Promise<boolean> {
  const { bridge, gateway } = network;
  try {
    await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
  } catch {
    // Taken in the meantime: the kernel decides between two that ask for the same name.
    return false;
  }
  await run('ip', ['link', 'set', bridge, 'alias', aliasOf(runPath)]);
  await run('ip', ['address', 'add', `${gateway}/24`, 'dev', bridge]);
  await run('ip', ['link', 'set', bridge, 'up']);
  return true;
}

async function listLinks(): Promise<readonly Link[]> {
  const links = JSON.parse(await run('ip', ['-json', '-details', 'address'])) as readonly Partial<Link>[];
  return links.filter((link): link is Link => link.ifname !== undefined);
}

function aliasOf(runPath: string): string {
  return `wasmcast-testbed:${runPath}`;
}

function thirdOctet(address: string | undefined): number | undefined {
  const octet = /^198\.18\.(\d+)\./u.exec(address ?? '')?.[1];
  return octet === undefined ? undefined : Number(octet);
}
