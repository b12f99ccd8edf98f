import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Sha256, WasmcastError } from '@wasmcast/core';
import { parseReference, pullModuleInto } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { intoFile } from '../modules/into-file.ts';
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
  const full = path.resolve(context.cwd, name);
  const partial = `${full}.${randomBytes(6).toString('hex')}`;
  try {
    const options = { ...registryOptions(context, view), manifestCache: blobCache(context) };
    const { moduleDigest, imageDigest, layout, size } = await view.during(
      'pull',
      `pulling ${reference}`,
      { reference },
      pullModuleInto(reference, intoFile(partial, name), options),
    );
    if (flags.force !== true && (await holdsSomethingElse(full, moduleDigest))) {
      throw new WasmcastError('WC-CLI-060', `${name} exists and holds something else`, {
        exit: 'usage',
        help: 'name another file, or replace it with --force',
      });
    }
    await rename(partial, full);
    view.answer('module', `${name}\n`, { file: name, moduleDigest, imageDigest, layout, bytes: size });
  } finally {
    await rm(partial, { force: true });
  }
}

/** True if there is a file and its content has another digest. */
async function holdsSomethingElse(file: string, digest: Sha256): Promise<boolean> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    return true;
  }
  return hash.digest('hex') !== digest;
}
