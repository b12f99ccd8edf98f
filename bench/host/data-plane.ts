import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Load, load } from '../price/load.ts';
import { startProxies } from '../price/proxies.ts';

/** The four that are loaded in turn: each proxy without a filter, and with one. */
export const lanes = ['envoy', 'envoy with filter', 'wasmcast', 'wasmcast with filter'] as const;

/** One of {@link lanes}. */
export type LaneName = (typeof lanes)[number];

/** How long V8, Envoy's and ours, is warmed up, and how long a side is loaded in a round. */
const seconds = { warmUp: 3, round: 2 };

const bin = path.resolve(import.meta.dirname, '../../packages/cli/bin/wasmcast.js');

/** Loads Envoy with one worker and `wasmcast run` with the same module, before the same upstream, with bodies of 1 KiB. */
export async function measureDataPlane(
  wasm: Uint8Array,
  rounds: number,
  onRound: (round: number) => void,
): Promise<Readonly<Record<LaneName, readonly Load[]>>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-bench-'));
  try {
    const file = path.join(folder, 'filter.wasm');
    await writeFile(file, wasm);
    await using proxies = await startProxies(
      [
        { name: 'plain', answers: 'upstream' },
        { name: 'filtered', answers: 'upstream', filter: { file, rootId: '', configuration: '' } },
      ],
      'x'.repeat(1024),
    );
    const { proxy, upstreamPort } = proxies;
    await using mesh = await startMesh(folder, upstreamPort);
    const local = (port: number): string => `http://127.0.0.1:${port}/`;
    const of: Record<LaneName, { readonly pid: number; readonly url: string }> = {
      envoy: { pid: proxy.pid, url: local(await proxy.listenerPort('plain')) },
      'envoy with filter': { pid: proxy.pid, url: local(await proxy.listenerPort('filtered')) },
      wasmcast: { pid: mesh.pid, url: mesh.url('plain') },
      'wasmcast with filter': { pid: mesh.pid, url: mesh.url('filtered') },
    };
    const run = (lane: LaneName, duration: number): Promise<Load> =>
      load(of[lane].pid, of[lane].url, {}, duration);
    for (const lane of lanes) await run(lane, seconds.warmUp);
    const all: Record<LaneName, Load[]> = {
      envoy: [],
      'envoy with filter': [],
      wasmcast: [],
      'wasmcast with filter': [],
    };
    for (let round = 0; round < rounds; round++) {
      // Each round begins with another one: drift of the machine hits all.
      for (const [at] of lanes.entries()) {
        const lane = lanes[(round + at) % lanes.length] ?? 'envoy';
        all[lane].push(await run(lane, seconds.round));
      }
      onRound(round + 1);
    }
    return all;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface RunningMesh extends AsyncDisposable {
  readonly pid: number;
  url(service: string): string;
}

/** `wasmcast run` in a process of its own, and the filter applied to one of its two services. */
async function startMesh(folder: string, upstreamPort: number): Promise<RunningMesh> {
  await writeFile(path.join(folder, 'wasmcast.yaml'), manifest(upstreamPort));
  const env = { ...process.env, XDG_STATE_HOME: folder, XDG_RUNTIME_DIR: folder, NO_COLOR: '1' };
  const command = (name: string): ChildProcessByStdio<null, Readable, null> =>
    spawn(process.execPath, [bin, name, '-o', 'json'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const child = command('run');
  const urls = new Map<string, string>();
  const ready = Promise.withResolvers<void>();
  child.once('close', () => ready.reject(new Error('wasmcast run ended')));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line) as { type: string; services?: { name: string; url: string }[] };
    for (const { name, url } of event.services ?? []) urls.set(name, url);
    if (event.type === 'ready') ready.resolve();
  });
  await ready.promise;
  const apply = command('apply');
  apply.stdout.resume();
  const code = await new Promise<number | null>((resolve) => void apply.once('close', resolve));
  if (code !== 0) throw new Error(`wasmcast apply: exit ${code}`);
  return {
    pid: child.pid ?? 0,
    url: (service) => `${urls.get(service)}/`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => void child.once('close', resolve));
      child.kill('SIGTERM');
      await closed;
    },
  };
}

function manifest(upstreamPort: number): string {
  const upstream = `upstream: 'http://127.0.0.1:${upstreamPort}'`;
  return `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: bench}
filters:
- {name: add-header, module: {file: filter.wasm}}
targets:
- name: laptop
  local:
    services:
    - {namespace: bench, name: plain, labels: {app: plain}, ${upstream}}
    - {namespace: bench, name: filtered, labels: {app: filtered}, ${upstream}}
bindings:
- {name: filtered, target: laptop, select: {namespace: bench, labels: {app: filtered}}, chain: [add-header]}
rollout: {gates: none}
`;
}
