import { mkdir, readFile, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { filesOf, kustomizationFile } from './rendered-files.ts';

/**
 * Makes a folder hold these files: what an earlier rendering has left there goes, what others have put there stays. Throws
 * `WC-CLI-096` for a folder with something in it that no rendering wrote.
 */
export async function writeFolder(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const before = await earlier(folder);
  await Promise.all(before.filter((file) => !files.has(file)).map((file) => remove(folder, file)));
  // The list first: a folder that is left in the middle is known as ours.
  for (const file of new Set([kustomizationFile, ...files.keys()])) {
    const full = path.join(folder, file);
    // oxlint-disable-next-line no-await-in-loop -- thousands at once would exhaust the open files
    await mkdir(path.dirname(full), { recursive: true });
    // oxlint-disable-next-line no-await-in-loop
    await writeFile(full, files.get(file) ?? '');
  }
}

async function earlier(folder: string): Promise<readonly string[]> {
  const there = await readdir(folder);
  if (there.length === 0) return [];
  const known = there.includes(kustomizationFile)
    ? filesOf(await readFile(path.join(folder, kustomizationFile), 'utf8'))
    : undefined;
  if (known !== undefined) return known;
  throw new WasmcastError('WC-CLI-096', `${folder} has files in it that wasmcast render did not write`, {
    exit: 'usage',
    help: 'name a folder that is empty or not there yet',
  });
}

async function remove(folder: string, file: string): Promise<void> {
  const full = path.join(folder, file);
  await rm(full, { force: true });
  // The namespace's folder goes with its last file.
  await rmdir(path.dirname(full)).catch(() => undefined);
}
