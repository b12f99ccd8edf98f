import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import type { Context } from '../context.ts';

/** A key is a few hundred bytes, a trusted root some ten thousand. */
const maxBytes = 1024 * 1024;

/** The text of a key's file. */
export async function readKeyFile(file: string, context: Context): Promise<string> {
  const full = path.resolve(context.cwd, file);
  const info = await stat(full).catch(() => undefined);
  if (info === undefined || !info.isFile() || info.size > maxBytes) {
    throw new WasmcastError('WC-CLI-072', `there is no key ${file}`, {
      exit: 'invalid',
      help: 'make a pair: wasmcast keygen',
    });
  }
  return await readFile(full, 'utf8');
}
