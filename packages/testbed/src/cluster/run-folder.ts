import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { stateRoot } from '../paths.ts';
import type { ProcessId } from '../process/process-table.ts';
import type { ClusterNetwork } from './network.ts';

/** The programs of a cluster, in the order in which they start. */
export type ProgramName =
  | 'registry'
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'containerd'
  | 'kubelet'
  | 'istiod';

/** A started program of a cluster. */
export interface ProgramRecord extends ProcessId {
  readonly name: ProgramName;
}

/** The ports that a cluster uses. */
export interface ClusterPorts {
  readonly registry: number;
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiserver: number;
  readonly kubelet: number;
  readonly kubeletHealth: number;
  readonly istiodWebhook: number;
  readonly istiodGrpc: number;
  readonly istiodSecureGrpc: number;
  readonly istiodHttp: number;
  readonly istiodMonitoring: number;
}

/** What is known of a cluster from its run folder alone. */
export interface ClusterState {
  readonly schema: 1;
  readonly name: string;
  readonly phase: 'starting' | 'up';
  readonly network: ClusterNetwork;
  readonly ports: ClusterPorts;
  readonly programs: readonly ProgramRecord[];
}

/** The names of the files of one cluster. */
export interface RunFolder {
  readonly path: string;
  readonly state: string;
  readonly logs: string;
  /** Everything that lasts as long as the cluster. */
  readonly data: string;
  readonly pki: string;
  readonly kubeconfig: string;
  readonly auditLog: string;
}

/** @throws WasmcastError WC-BED-009 for a name that is not 1 to 20 lower-case letters, digits and dashes. */
export function runFolder(name: string): RunFolder {
  if (!/^[a-z][a-z0-9-]{0,19}$/u.test(name)) {
    throw new WasmcastError('WC-BED-009', `${JSON.stringify(name)} cannot be the name of a cluster`, {
      help: 'use 1 to 20 lower-case letters, digits and dashes',
      exit: 'usage',
    });
  }
  const path = join(stateRoot(), name);
  return {
    path,
    state: join(path, 'state.json'),
    logs: join(path, 'logs'),
    data: join(path, 'data'),
    pki: join(path, 'data', 'pki'),
    kubeconfig: join(path, 'kubeconfig'),
    auditLog: join(path, 'data', 'audit.jsonl'),
  };
}

/** The recorded state, or `undefined` where no cluster is recorded. */
export async function readState(folder: RunFolder): Promise<ClusterState | undefined> {
  const text = await readFile(folder.state, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const state = JSON.parse(text) as ClusterState;
    return state.schema === 1 ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Records the state in one step: a reader sees the old one or the new one. */
export async function writeState(folder: RunFolder, state: ClusterState): Promise<void> {
  await mkdir(folder.path, { recursive: true, mode: 0o700 });
  const unfinished = `${folder.state}.new`;
  await writeFile(unfinished, JSON.stringify(state, undefined, 2));
  await rename(unfinished, folder.state);
}

/** Fresh `data` and `logs`; the logs of the run before are kept in `logs.previous`. */
export async function prepareFolder(folder: RunFolder): Promise<void> {
  await mkdir(folder.path, { recursive: true, mode: 0o700 });
  const logs = await readdir(folder.logs).catch(() => []);
  if (logs.length > 0) {
    await rm(`${folder.logs}.previous`, { recursive: true, force: true });
    await rename(folder.logs, `${folder.logs}.previous`);
  }
  await mkdir(folder.logs, { recursive: true });
  await mkdir(folder.pki, { recursive: true });
}
