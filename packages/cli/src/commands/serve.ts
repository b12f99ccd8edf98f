import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Sha256, WasmcastError, servedAt } from '@wasmcast/core';
import { type ServedModule, pullModuleInto, startModuleServer } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { intoFile } from '../modules/into-file.ts';
import { registryOptions } from '../modules/registry-options.ts';
import type { View } from '../views/view.ts';

/** Istio's agent takes no more. */
const maxBytes = 256 * 1024 * 1024;

/** Flags of `serve`. */
export interface ServeFlags {
  readonly listen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

/**
 * `wasmcast serve MODULE…`: keeps a server of modules up until interrupted; stdout names each module by where it is and its
 * sha256, which is all that a proxy has to be told. What is served are copies: a file may be built anew meanwhile.
 */
export async function serve(
  names: readonly string[],
  flags: ServeFlags,
  context: Context,
  view: View,
): Promise<void> {
  const { host, port } = addressOf(flags.listen ?? '');
  const tls = await tlsOf(flags, context);
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-serve-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const modules: (ServedModule & { readonly name: string })[] = [];
  for (const name of names) modules.push({ name, ...(await copied(name, folder, context, view)) });
  const server = stack.use(
    await startModuleServer({
      modules,
      host,
      port,
      ...(tls !== undefined && { tls }),
      onRequest: (request) =>
        view.progress('request', `${request.status}  ${request.method} ${request.path}`, request),
    }),
  );
  for (const { name, digest, size } of modules) {
    const url = servedAt(server.url, digest);
    view.answer('module', `${url}  sha256 ${digest}  ${name}\n`, { name, url, sha256: digest, size });
  }
  view.progress('ready', 'press Ctrl-C to stop', { url: server.url });
  if (!context.stop.aborted) await once(context.stop, 'abort');
}

/** A copy of a module under its digest, out of a file or an image. */
async function copied(name: string, folder: string, context: Context, view: View): Promise<ServedModule> {
  const partial = path.join(folder, 'partial');
  const full = path.resolve(context.cwd, name);
  const info = await stat(full).catch(() => undefined);
  if (info?.isFile() === true) {
    if (info.size > maxBytes) throw refused(`${name} is larger than 256 MiB, which no proxy takes`);
    await pipeline(createReadStream(full, { end: maxBytes }), createWriteStream(partial));
  } else if (name.includes('/') && !name.endsWith('.wasm')) {
    const pull = pullModuleInto(name, intoFile(partial, name), registryOptions(context, view));
    await view.waiting(`pulling ${name}`, pull);
  } else throw refused(`there is no module ${name}`);
  return await named(partial, name, folder);
}

async function named(partial: string, name: string, folder: string): Promise<ServedModule> {
  const hash = createHash('sha256');
  let size = 0;
  let head = Buffer.alloc(0);
  for await (const chunk of createReadStream(partial) as AsyncIterable<Buffer>) {
    if (size < 8) head = Buffer.concat([head, chunk.subarray(0, 8)]);
    size += chunk.length;
    hash.update(chunk);
  }
  if (!head.subarray(0, 4).equals(Buffer.from('\0asm')) || size < 8)
    throw refused(`${name} is not a WebAssembly module`);
  const digest = hash.digest('hex') as Sha256;
  const file = path.join(folder, digest);
  await rename(partial, file);
  return { digest, size, file };
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text)?.filter(Boolean) ?? [];
  if (host === undefined || port === undefined || Number(port) > 65_535) {
    throw new WasmcastError('WC-CLI-081', `not an address to listen on: ${JSON.stringify(text)}`, {
      exit: 'usage',
      help: 'write host:port, such as 127.0.0.1:8080, 0.0.0.0:80 or [::]:80',
    });
  }
  return { host, port: Number(port) };
}

async function tlsOf(
  { tlsCert, tlsKey }: ServeFlags,
  context: Context,
): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new WasmcastError('WC-CLI-082', '--tls-cert and --tls-key go together', { exit: 'usage' });
  }
  const read = (file: string): Promise<string> =>
    readFile(path.resolve(context.cwd, file), 'utf8').catch((cause: NodeJS.ErrnoException) => {
      throw refused(`cannot read ${file} (${cause.code})`);
    });
  return { cert: await read(tlsCert), key: await read(tlsKey) };
}

function refused(message: string): WasmcastError {
  return new WasmcastError('WC-CLI-080', message, {
    exit: 'invalid',
    help: 'name a file, or an image as registry/repository:tag',
  });
}
