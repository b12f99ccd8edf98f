import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatDiagnostic, type JsonValue } from '@wasmcast/core';
import { startEnvoy, type RunningEnvoy } from '@wasmcast/testbed';
import { buildFilter } from '@wasmcast/wasm';

/** One filter of a chain: the folder of an example, and how it is configured. */
export interface Link {
  readonly filter: string;
  readonly config: JsonValue;
  readonly rootId?: string;
}

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

/** Starts an upstream and an Envoy that serves it through the links, in their order. */
export async function startChain(
  links: readonly Link[],
  modules: ReadonlyMap<string, Uint8Array>,
  upstream: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Chain> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'example-filters-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const server = createServer(upstream);
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  started.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  for (const [name, wasm] of modules) await writeFile(join(folder, `${name}.wasm`), wasm);
  const { port } = server.address() as AddressInfo;
  const envoy = started.use(await startEnvoy(JSON.stringify(bootstrap(folder, links, port))));
  const listener = await envoy.listenerPort('main');
  const owned = started.move();
  return { port: listener, envoy, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function bootstrap(folder: string, links: readonly Link[], upstreamPort: number): JsonValue {
  const router = {
    name: 'router',
    typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
  };
  const address = (port: number): JsonValue => ({
    socket_address: { address: '127.0.0.1', port_value: port },
  });
  const manager = {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'main',
    route_config: {
      virtual_hosts: [
        { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'upstream' } }] },
      ],
    },
    http_filters: [...links.map((link, i) => wasmFilter(folder, link, i)), router],
  };
  return {
    static_resources: {
      listeners: [
        {
          name: 'main',
          address: address(0),
          filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }],
        },
      ],
      clusters: [
        {
          name: 'upstream',
          type: 'STATIC',
          load_assignment: {
            cluster_name: 'upstream',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstreamPort) } }] }],
          },
        },
      ],
    },
  };
}

function wasmFilter(folder: string, { filter, config, rootId = '' }: Link, index: number): JsonValue {
  return {
    name: `${filter}-${index}`,
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm',
      config: {
        name: `${filter}-${index}`,
        root_id: rootId,
        vm_config: {
          vm_id: filter,
          runtime: 'envoy.wasm.runtime.v8',
          code: { local: { filename: join(folder, `${filter}.wasm`) } },
        },
        configuration: {
          '@type': 'type.googleapis.com/google.protobuf.StringValue',
          value: typeof config === 'string' ? config : JSON.stringify(config),
        },
      },
    },
  };
}
