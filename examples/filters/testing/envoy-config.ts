import { join } from 'node:path';
import type { JsonValue } from '@wasmcast/core';

/** One filter of a chain: the name of its module, and how it is configured. */
export interface Link {
  readonly filter: string;
  readonly config: JsonValue;
  readonly rootId?: string;
  /** See the field of Envoy's `PluginConfig` of that name. */
  readonly allowOnHeadersStopIteration?: boolean;
  /** A file in which Envoy finds the filter ({@link discovered}), and sees when another one is moved there. HTTP only. */
  readonly discoveredFrom?: string;
}

/** What an Envoy of the tests serves. */
export interface Setup {
  /** Where the modules lie, as `<name>.wasm`. */
  readonly folder: string;
  readonly links: readonly Link[];
  /** Ports of this machine by the name of the cluster; `upstream` is the one that is served. */
  readonly clusters: Readonly<Record<string, number>>;
  /** Clusters that speak HTTP/2. */
  readonly http2?: readonly string[];
  /** `tcp`: the filters are network filters, and bytes are passed on. */
  readonly protocol?: 'http' | 'tcp';
}

/** The bootstrap of an Envoy with one listener, `main`. */
export function bootstrap(setup: Setup): JsonValue {
  const filters = setup.protocol === 'tcp' ? networkFilters(setup) : [httpManager(setup)];
  return {
    static_resources: {
      listeners: [{ name: 'main', address: address(0), filter_chains: [{ filters }] }],
      clusters: Object.entries(setup.clusters).map(([name, port]) =>
        cluster(name, port, setup.http2?.includes(name) ?? false),
      ),
    },
  };
}

function address(port: number): JsonValue {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

const extensions = 'type.googleapis.com/envoy.extensions';

function httpManager(setup: Setup): JsonValue {
  const router = {
    name: 'router',
    typed_config: { '@type': `${extensions}.filters.http.router.v3.Router` },
  };
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'upstream' } }];
  return {
    name: 'http',
    typed_config: {
      '@type': `${extensions}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: 'main',
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
      http_filters: [...setup.links.map((link, i) => httpFilter(setup, link, i)), router],
    },
  };
}

function httpFilter(setup: Setup, link: Link, index: number): JsonValue {
  if (link.discoveredFrom === undefined) return wasmFilter(setup, link, index);
  return {
    name: `${link.filter}-${index}`,
    config_discovery: {
      config_source: { path_config_source: { path: link.discoveredFrom } },
      type_urls: [`${extensions}.filters.http.wasm.v3.Wasm`],
    },
  };
}

/** The content of the file that a link is discovered from. */
export function discovered(setup: Pick<Setup, 'folder'>, link: Link, version: number): string {
  const resource = {
    '@type': 'type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig',
    ...(wasmFilter(setup, link, 0) as object),
  };
  return JSON.stringify({ version_info: String(version), resources: [resource] });
}

function networkFilters(setup: Setup): readonly JsonValue[] {
  const proxy = {
    name: 'tcp',
    typed_config: {
      '@type': `${extensions}.filters.network.tcp_proxy.v3.TcpProxy`,
      stat_prefix: 'tcp',
      cluster: 'upstream',
    },
  };
  return [...setup.links.map((link, i) => wasmFilter(setup, link, i)), proxy];
}

function wasmFilter(
  { folder, protocol = 'http' }: Pick<Setup, 'folder' | 'protocol'>,
  link: Link,
  index: number,
): JsonValue {
  const { filter, config, rootId = '' } = link;
  const name = `${filter}-${index}`;
  return {
    name,
    typed_config: {
      '@type': `${extensions}.filters.${protocol === 'tcp' ? 'network' : 'http'}.wasm.v3.Wasm`,
      config: {
        name,
        root_id: rootId,
        ...(link.allowOnHeadersStopIteration === true && { allow_on_headers_stop_iteration: true }),
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

function cluster(name: string, port: number, http2: boolean): JsonValue {
  const http = { '@type': `${extensions}.upstreams.http.v3.HttpProtocolOptions` };
  return {
    name,
    type: 'STATIC',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
    },
    ...(http2
      ? {
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              ...http,
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
        }
      : {}),
  };
}
