import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identify } from '../process/process-table.ts';
import type { ProcessId } from '../process/process-table.ts';

/** The cgroup of one cluster's pods, as kubelet's `cgroupRoot`: two kubelets under one root would end each other's pods. */
export function cgroupRoot(name: string): string {
  return `/wasmcast-testbed-${name}`;
}

/** Creates the cluster's cgroup in every hierarchy. */
export async function createCgroups(name: string): Promise<void> {
  for (const { mount, version } of await hierarchies()) {
    const path = join(mount, cgroupRoot(name));
    if (version === 2) await enableControllers(mount);
    await mkdir(path, { recursive: true });
    if (version === 2) await enableControllers(path);
    // A cpuset of version 1 starts empty, and takes no process until it says which cores and which memory.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) await inherit(mount, path, file);
  }
}

/** The processes of all containers of a cluster. */
export async function containerProcesses(name: string): Promise<readonly ProcessId[]> {
  const pids = new Set<number>();
  for (const { mount } of await hierarchies()) {
    for (const folder of await tree(join(mount, cgroupRoot(name)))) {
      const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
      for (const pid of text.split('\n').filter((line) => line !== '')) pids.add(Number(pid));
    }
  }
  const ids = await Promise.all([...pids].map(identify));
  return ids.filter((id) => id !== undefined);
}

/** Removes the cluster's cgroup everywhere; one that still has a process stays. */
export async function removeCgroups(name: string): Promise<void> {
  for (const { mount } of await hierarchies()) {
    const folders = await tree(join(mount, cgroupRoot(name)));
    for (const folder of folders.toReversed()) await rmdir(folder).catch(() => undefined);
  }
}

async function hierarchies(): Promise<readonly { readonly mount: string; readonly version: 1 | 2 }[]> {
  const lines = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
  return lines.flatMap(([, mount, type]) => {
    if (mount === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
    return [{ mount, version: type === 'cgroup' ? (1 as const) : (2 as const) }];
  });
}

/** A folder and all folders below it, parents first. */
async function tree(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [];
  const below = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => tree(join(folder, entry.name))),
  );
  return [folder, ...below.flat()];
}

async function inherit(from: string, to: string, file: string): Promise<void> {
  const value = await readFile(join(from, file), 'utf8').catch(() => undefined);
  if (value !== undefined) await writeFile(join(to, file), value.trim());
}

async function enableControllers(folder: string): Promise<void> {
  const available = await readFile(join(folder, 'cgroup.controllers'), 'utf8').catch(() => '');
  const wanted = available.split(/\s/u).filter((name) => name !== '');
  if (wanted.length === 0) return;
  await writeFile(join(folder, 'cgroup.subtree_control'), wanted.map((name) => `+${name}`).join(' '));
}
