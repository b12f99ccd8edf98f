import { mkdir } from 'node:fs/promises';
import { ensureClusterComponents } from '../cache/components.ts';
import { debianPackages, missingPackages } from '../cache/packages.ts';
import { acquireLock } from '../cache/lock.ts';
import { stderrSink, stopwatch } from '../events.ts';
import type { EventSink } from '../events.ts';
import { stateRoot } from '../paths.ts';
import { freePorts } from '../process/ports.ts';
import { createCgroups } from './cgroups.ts';
import { cleanUp } from './clean-up.ts';
import { clusterHandle, clusterStatus } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { writeConfigFiles } from './config-files.ts';
import { createPki, readAccess, writeKubeconfig } from './credentials.ts';
import { createNetwork } from './network.ts';
import type { ProgramContext } from './programs.ts';
import { prepareFolder, readState, runFolder, writeState } from './run-folder.ts';
import type { ClusterPorts, ClusterState, RunFolder } from './run-folder.ts';
import { startPrograms } from './start-programs.ts';

/** Options of {@link clusterUp} and {@link clusterDown}. */
export interface ClusterOptions {
  /** 1 to 20 lower-case letters, digits, dashes; default `default`. */
  readonly name?: string;
  /** Default: lines on stderr. */
  readonly emit?: EventSink;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gives a running cluster of that name: the one that is up, or a new and empty one after removing what a crash may have
 * left. The first time on a machine it is built, which takes a quarter of an hour.
 *
 * @throws WasmcastError WC-BED-…; nothing of the cluster runs then, and its logs stay in the run folder.
 */
export async function clusterUp(options: ClusterOptions = {}): Promise<Cluster> {
  const { name = 'default', emit = stderrSink, signal } = options;
  const folder = runFolder(name);
  await using _lock = await lockCluster(folder, emit, signal);
  const status = await clusterStatus(name);
  const existing = await readState(folder);
  if (status.phase === 'up' && existing) return clusterHandle(existing);
  const components = await ensureClusterComponents({ emit, signal });
  await removeLeftovers(name, folder, emit);
  const seconds = stopwatch();
  try {
    const step = (what: string): void =>
      emit({ kind: 'cluster-step', cluster: name, step: what, seconds: seconds() });
    await prepareFolder(folder);
    const network = await createNetwork(folder.path, signal);
    const ports = await choosePorts();
    const state: ClusterState = { schema: 1, name, phase: 'starting', network, ports, programs: [] };
    await writeState(folder, state);
    const context: ProgramContext = {
      components,
      folder,
      network,
      ports,
      pki: await createPki(folder, network),
    };
    const access = await readAccess(folder, `https://127.0.0.1:${ports.apiserver}`);
    await writeKubeconfig(folder.kubeconfig, name, 'admin', access);
    await createCgroups(name);
    await writeConfigFiles(name, context);
    const up = await startPrograms(state, context, { step, signal });
    step('up');
    return clusterHandle(up);
  } catch (error) {
    await cleanUp(name, folder);
    signal?.throwIfAborted();
    throw error;
  }
}

/** Stops a cluster and removes everything of it but its logs. Nothing to do is fine. */
export async function clusterDown(options: ClusterOptions = {}): Promise<void> {
  const { name = 'default', emit = stderrSink, signal } = options;
  const folder = runFolder(name);
  await using _lock = await lockCluster(folder, emit, signal);
  // Without `ip` there never was a bridge, nor a cluster.
  if ((await missingPackages([debianPackages.iproute])).length > 0) return;
  const seconds = stopwatch();
  await cleanUp(name, folder);
  emit({ kind: 'cluster-step', cluster: name, step: 'down', seconds: seconds() });
}

async function lockCluster(
  folder: RunFolder,
  emit: EventSink,
  signal: AbortSignal | undefined,
): Promise<AsyncDisposable> {
  await mkdir(stateRoot(), { recursive: true, mode: 0o700 });
  return acquireLock(folder.path, { signal, onWait: () => emit({ kind: 'waiting', what: folder.path }) });
}

async function removeLeftovers(name: string, folder: RunFolder, emit: EventSink): Promise<void> {
  const left = await cleanUp(name, folder);
  if (left.processes + left.mounts > 0) emit({ kind: 'cleaned-up', cluster: name, ...left });
}

async function choosePorts(): Promise<ClusterPorts> {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, k = 0] = await freePorts(11);
  return {
    registry: a,
    etcd: b,
    etcdPeer: c,
    apiserver: d,
    kubelet: e,
    kubeletHealth: f,
    istiodWebhook: g,
    istiodGrpc: h,
    istiodSecureGrpc: i,
    istiodHttp: j,
    istiodMonitoring: k,
  };
}
