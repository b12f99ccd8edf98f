import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { parseReference, pullModule } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { blobCache, registryOptions } from '../modules/registry-options.ts';
import type { View } from '../views/view.ts';

/** `wasmcast pull REF [FILE]`: the module that a sidecar would run, in a file; stdout is the file's name alone. */
export async function pull(
  reference: string,
  file: string | undefined,
  flags: { readonly force?: boolean },
  context: Context,
  view: View,
): Promise<void> {
  const name = file ?? `${path.posix.basename(parseReference(reference).repository)}.wasm`;
  const pulled = await view.during(
    'pull',
    `pulling ${reference}`,
    { reference },
    pullModule(reference, { ...registryOptions(context, view), manifestCache: blobCache(context) }),
  );
  const full = path.resolve(context.cwd, name);
  const there = await readFile(full).catch(() => undefined);
  if (there !== undefined && !there.equals(pulled.wasm) && flags.force !== true) {
    throw new WasmcastError('WC-CLI-060', `${name} exists and holds something else`, {
      exit: 'usage',
      help: 'name another file, or replace it with --force',
    });
  }
  const partial = `${full}.${randomBytes(6).toString('hex')}`;
  await writeFile(partial, pulled.wasm).catch((cause: NodeJS.ErrnoException) => {
    throw new WasmcastError('WC-CLI-061', `cannot write ${name} (${cause.code})`, { cause });
  });
  await rename(partial, full);
  const { moduleDigest, imageDigest, layout } = pulled;
  view.answer('module', `${name}\n`, {
    file: name,
    moduleDigest,
    imageDigest,
    layout,
    bytes: pulled.wasm.length,
  });
}
