import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatDiagnostic } from '@wasmcast/core';
import { startEnvoy, type EnvoyOptions, type RunningEnvoy } from '@wasmcast/testbed';
import { buildFilter } from '@wasmcast/wasm';
import { bootstrap, type Link, type Setup } from './envoy-config.ts';

export type { Link } from './envoy-config.ts';

/** A real Envoy with a chain of examples in front of an upstream. */
export interface Chain extends AsyncDisposable {
  readonly port: number;
  readonly envoy: RunningEnvoy;
}

/** Compiles an example as `wasmcast build` does. */
export async function buildExample(name: string): Promise<Uint8Array> {
  const root = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const result = await buildFilter({ root, mode: 'release' });
  if (result.kind === 'built') return result.wasm;
  throw new Error(result.diagnostics.map((d) => formatDiagnostic(d, { color: false })).join('\n'));
}

/** Starts an upstream and an Envoy that serves it through the links, in their order; `more` names further clusters. */
export async function startChain(
  links: readonly Link[],
  modules: ReadonlyMap<string, Uint8Array>,
  upstream: (request: IncomingMessage, response: ServerResponse) => void,
  more: Partial<Pick<Setup, 'clusters' | 'http2'>> = {},
  options: EnvoyOptions = {},
): Promise<Chain> {
  await using started = new AsyncDisposableStack();
  const server = createServer(upstream);
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  started.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const clusters = { ...more.clusters, upstream: port };
  const chain = started.use(await startProxy({ ...more, links, clusters }, modules, options));
  const owned = started.move();
  return { ...chain, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Starts an Envoy with these modules. */
export async function startProxy(
  setup: Omit<Setup, 'folder'>,
  modules: ReadonlyMap<string, Uint8Array>,
  options: EnvoyOptions = {},
): Promise<Chain> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'example-filters-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  for (const [name, wasm] of modules) await writeFile(join(folder, `${name}.wasm`), wasm);
  const envoy = started.use(await startEnvoy(JSON.stringify(bootstrap({ ...setup, folder })), options));
  const port = await envoy.listenerPort('main');
  const owned = started.move();
  return { port, envoy, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
