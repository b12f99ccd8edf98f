import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonValue } from '@wasmcast/core';
import type { EnvoyOptions, RunningEnvoy } from '@wasmcast/testbed';
import { discovered } from '../../../../examples/filters/testing/envoy-config.ts';
import { startChain } from '../../../../examples/filters/testing/filter-in-envoy.ts';

/** A real Envoy before a server, whose one filter is discovered from a file: it is configured anew while it runs. */
export interface DiscoveredFilter extends AsyncDisposable {
  readonly envoy: RunningEnvoy;
  readonly url: string;
  /** Envoy takes it soon after, and lets go of the plugin that it had. */
  configure(config: JsonValue): Promise<void>;
}

/** Starts one. */
export async function startDiscovered(
  wasm: Uint8Array,
  config: JsonValue,
  upstream: RequestListener,
  options: EnvoyOptions = {},
): Promise<DiscoveredFilter> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'discovered-filter-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'filter.wasm'), wasm);
  const file = join(folder, 'filter.json');
  let version = 0;
  const configure = async (next: JsonValue): Promise<void> => {
    const link = { filter: 'filter', config: next };
    await writeFile(`${file}.next`, discovered({ folder }, link, version++));
    await rename(`${file}.next`, file);
  };
  await configure(config);
  const links = [{ filter: 'filter', config: null, discoveredFrom: file }];
  const { port, envoy } = started.use(await startChain(links, new Map(), upstream, {}, options));
  const url = `http://127.0.0.1:${port}/`;
  const owned = started.move();
  return { envoy, url, configure, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
