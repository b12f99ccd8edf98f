import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { mountsBelow, unmountBelow } from '../process/mounts.ts';
import { processesWith, stopAll } from '../process/process-table.ts';
import { containerProcesses, removeCgroups } from './cgroups.ts';
import { removeNetworks } from './network.ts';
import { readState } from './run-folder.ts';
import type { ProgramName, RunFolder } from './run-folder.ts';

/** The variable by which a cluster's processes are recognised, also when their number was never recorded. */
export const markerVariable = 'WASMCAST_TESTBED_RUN';

/** The name of a cluster's CNI network. */
export function cniNetworkName(cluster: string): string {
  return `wasmcast-testbed-${cluster}`;
}

// The kubelet goes first, because it would start again what ends after it; storage goes last, because the others write.
const stopOrder: readonly (readonly ProgramName[])[] = [
  ['kubelet', 'istiod', 'kube-scheduler', 'kube-controller-manager'],
  ['kube-apiserver', 'registry'],
  ['etcd'],
];

/**
 * Ends everything of a cluster and removes what it left on the machine: processes, containers, mounts, network
 * namespaces, cgroups, the bridge, data. Its logs stay. Works after any crash and when there is nothing to do.
 *
 * @throws WasmcastError WC-BED-011 when something of it cannot be unmounted: its data is not touched then.
 */
export async function cleanUp(
  name: string,
  folder: RunFolder,
): Promise<{ readonly processes: number; readonly mounts: number }> {
  const state = await readState(folder);
  const marked = await processesWith(markerVariable, folder.path);
  const contained = await containerProcesses(name);
  for (const group of stopOrder) {
    const programs = (state?.programs ?? []).filter((program) => group.includes(program.name));
    await stopAll(programs, 3000);
    // Containers have nothing to say goodbye to once the kubelet is gone.
    if (group.includes('kubelet')) await stopAll(await containerProcesses(name), 0);
  }
  // containerd, its shims, and whatever was started just before a crash.
  await stopAll(await processesWith(markerVariable, folder.path), 1000);
  await stopAll(await containerProcesses(name), 0);
  const mounts = await unmountBelow(folder.path);
  await removeCgroups(name);
  await removeNetworks(folder.path);
  await removeCniResults(name);
  const stuck = await mountsBelow(folder.path);
  // Never delete through a mount: it may be somebody's folder.
  if (stuck.length > 0) throw new WasmcastError('WC-BED-011', `still mounted: ${stuck.join(', ')}`);
  for (const path of [folder.data, folder.kubeconfig, folder.state]) {
    await rm(path, { recursive: true, force: true });
  }
  return { processes: marked.length + contained.length, mounts };
}

// libcni keeps what it gave to each container in one folder for all networks of a machine.
async function removeCniResults(name: string): Promise<void> {
  const results = '/var/lib/cni/results';
  for (const file of await readdir(results).catch(() => [])) {
    if (file.startsWith(`${cniNetworkName(name)}-`)) await rm(join(results, file), { force: true });
  }
}
