import { open } from 'node:fs/promises';
import path from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { createKeyPair } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import type { View } from '../views/view.ts';

/** `wasmcast keygen [PREFIX]`: makes PREFIX.key and PREFIX.pub; never replaces a key. The password is $COSIGN_PASSWORD. */
export async function keygen(prefix: string, context: Context, view: View): Promise<void> {
  const password = context.env['COSIGN_PASSWORD'];
  if (password === undefined) {
    throw new WasmcastError('WC-CLI-070', 'there is no password for the private key', {
      exit: 'usage',
      help: 'set COSIGN_PASSWORD, as for cosign; it may be empty',
    });
  }
  const pair = await createKeyPair(password);
  const [privateFile, publicFile] = [`${prefix}.key`, `${prefix}.pub`];
  await create(path.resolve(context.cwd, privateFile), pair.privateKey, 0o600);
  await create(path.resolve(context.cwd, publicFile), pair.publicKey, 0o644);
  view.answer('keys', `${privateFile}\n${publicFile}\n`, { privateKey: privateFile, publicKey: publicFile });
}

async function create(file: string, content: string, mode: number): Promise<void> {
  const handle = await open(file, 'wx', mode).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'EEXIST' ? 'it exists, and a key is never replaced' : cause.code;
    throw new WasmcastError('WC-CLI-071', `cannot write ${file}: ${why}`, { exit: 'usage', cause });
  });
  await handle.writeFile(content);
  await handle.close();
}
