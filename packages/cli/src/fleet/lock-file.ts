import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Lock, WasmcastError, lockText, parseLock } from '@wasmcast/core';
import type { Context } from '../context.ts';
import { shownPath } from '../shown-path.ts';

/** A lock larger than this is refused unread: it holds thousands of filters. */
const maxBytes = 16 * 1024 * 1024;

/** Where the lock of a manifest is, and how much it means. */
export interface LockPlace {
  /** Full path; the file need not exist. */
  readonly file: string;
  readonly fleet: string;
  /** `--locked`: what the lock does not say is refused. */
  readonly strict: boolean;
}

/** A lock that was read, or that there is none: then nothing is held. */
export interface OpenLock {
  readonly lock: Lock | undefined;
  readonly strict: boolean;
}

/** No lock, whatever is there. */
export const unlocked: OpenLock = { lock: undefined, strict: false };

/**
 * The file beside the manifest: `wasmcast.lock` for `wasmcast.yaml`, `shop.lock` for `shop.yaml`, and `wasmcast.lock` for
 * a manifest of several files, or from stdin.
 */
export function lockPath(manifest: readonly string[], cwd: string): string {
  const [first = ''] = manifest;
  const name = manifest.length === 1 ? path.basename(first).replace(/\.ya?ml$/, '') : 'wasmcast';
  return path.join(
    path.dirname(path.resolve(cwd, first)),
    `${name.startsWith('<') ? 'wasmcast' : name}.lock`,
  );
}

/** Reads a lock. Throws `WC-LKF-001` (65) for a file that is no lock of this fleet, and for none at all with `strict`. */
export async function openLock({ file, fleet, strict }: LockPlace, context: Context): Promise<OpenLock> {
  const shown = shownPath(file, context.cwd);
  const info = await stat(file).catch(() => undefined);
  if (info === undefined) {
    if (strict) throw invalid(`there is no ${shown}, and --locked allows nothing else`);
    return { lock: undefined, strict };
  }
  if (info.size > maxBytes) throw invalid(`${shown} is larger than 16 MiB`);
  const parsed = parseLock(await readFile(file, 'utf8'));
  if (parsed.kind === 'invalid') throw invalid(`${shown} is not a lock: ${parsed.reason}`);
  if (parsed.lock.fleet !== fleet)
    throw invalid(`${shown} is for fleet ${parsed.lock.fleet}; the manifest is fleet ${fleet}`);
  return { lock: parsed.lock, strict };
}

/** Writes the lock; a reader sees the old one or the new one. */
export async function saveLock(file: string, lock: Lock): Promise<void> {
  const partial = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(partial, lockText(lock));
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true });
    throw new WasmcastError('WC-LKF-007', `cannot write ${file}`, { cause });
  }
}

function invalid(message: string): WasmcastError {
  return new WasmcastError('WC-LKF-001', message, {
    exit: 'invalid',
    help: 'delete it and write it anew: wasmcast update',
  });
}
