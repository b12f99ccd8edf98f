import { startEnvoy } from '@wasmcast/testbed';
import type { RunningEnvoy } from '@wasmcast/testbed';
import type { Case } from './cases.ts';

/** One listener: a case without a filter, or with somebody's. */
export interface Lane {
  readonly name: string;
  readonly answers: Case['answers'];
  readonly filter?: { readonly file: string; readonly rootId: string; readonly configuration: string };
}

/** The proxy under test, and the port of the server behind it. */
export interface Proxies extends AsyncDisposable {
  readonly proxy: RunningEnvoy;
  readonly upstreamPort: number;
}

/** The proxy under test, with a listener for each lane, and one behind it that answers with `text`. Both have one worker. */
export async function startProxies(lanes: readonly Lane[], text: string): Promise<Proxies> {
  const answer = { status: 200, body: { inline_string: text } };
  const upstream = await startEnvoy(
    JSON.stringify({
      static_resources: {
        listeners: [listener('up', [], { match: { prefix: '/' }, direct_response: answer })],
      },
    }),
    { logLevel: 'error' },
  );
  try {
    const port = await upstream.listenerPort('up');
    const proxy = await startEnvoy(
      JSON.stringify({
        static_resources: { listeners: lanes.map(listenerOf), clusters: [cluster(port)] },
      }),
      { logLevel: 'error', timeoutMs: 120_000 },
    );
    return {
      proxy,
      upstreamPort: port,
      [Symbol.asyncDispose]: async () => void (await Promise.all([proxy.stop(), upstream.stop()])),
    };
  } catch (error) {
    await upstream.stop();
    throw error;
  }
}

function listenerOf({ name, answers, filter }: Lane): object {
  const action =
    answers === 'direct'
      ? { direct_response: { status: 200, body: { inline_string: 'ok' } } }
      : { route: { cluster: 'up' } };
  return listener(name, filter === undefined ? [] : [wasm(name, filter)], {
    match: { prefix: '/' },
    ...action,
  });
}

function listener(name: string, filters: readonly object[], route: object): object {
  const router = typed('envoy.filters.http.router', 'filters.http.router.v3.Router', {});
  const manager = {
    stat_prefix: 'in',
    http_filters: [...filters, router],
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [route] }] },
  };
  const http = 'filters.network.http_connection_manager.v3.HttpConnectionManager';
  return {
    name,
    address: address(0),
    filter_chains: [{ filters: [typed('envoy.filters.network.http_connection_manager', http, manager)] }],
  };
}

function wasm(name: string, { file, rootId, configuration }: NonNullable<Lane['filter']>): object {
  const config = {
    name,
    root_id: rootId,
    configuration: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: configuration },
    // A VM of its own: none pays for another's garbage.
    vm_config: { vm_id: name, runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: file } } },
  };
  return typed('envoy.filters.http.wasm', 'filters.http.wasm.v3.Wasm', { config });
}

function cluster(port: number): object {
  const endpoint = { endpoint: { address: address(port) } };
  return {
    name: 'up',
    type: 'STATIC',
    load_assignment: { cluster_name: 'up', endpoints: [{ lb_endpoints: [endpoint] }] },
  };
}

function typed(name: string, type: string, config: object): object {
  return { name, typed_config: { '@type': `type.googleapis.com/envoy.extensions.${type}`, ...config } };
}

function address(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
