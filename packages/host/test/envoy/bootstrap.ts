/** The parts of a bootstrap for Envoy, as JSON. */

export interface WasmFilter {
  readonly name: string;
  readonly vmId: string;
  /** The module's file. */
  readonly file: string;
  readonly configuration: string;
  readonly onFailure?: 'closed' | 'open' | 'reload' | undefined;
  readonly allowOnHeadersStopIteration?: boolean | undefined;
}

export interface Cluster {
  readonly name: string;
  readonly port: number;
  readonly http2?: boolean;
}

export function bootstrapOf(listeners: readonly object[], clusters: readonly Cluster[]): string {
  return JSON.stringify({ static_resources: { listeners, clusters: clusters.map(cluster) } });
}

/** A listener on a free port whose requests pass the filters on their way to the cluster `up`. */
export function httpListener(name: string, filters: readonly WasmFilter[]): object {
  const router = extension('envoy.filters.http.router', 'filters.http.router.v3.Router', {
    suppress_envoy_headers: true,
  });
  const manager = {
    stat_prefix: 'in',
    generate_request_id: false,
    http_protocol_options: { enable_trailers: true },
    http_filters: [...filters.map(httpFilter), router],
    route_config: {
      virtual_hosts: [
        { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'up' } }] },
      ],
    },
  };
  const http = 'filters.network.http_connection_manager.v3.HttpConnectionManager';
  return {
    name,
    address: address(0),
    filter_chains: [{ filters: [extension('envoy.filters.network.http_connection_manager', http, manager)] }],
  };
}

/** A listener on a free port whose connections pass the filter on their way to the cluster `tcp`. */
export function tcpListener(name: string, filter: WasmFilter): object {
  const wasm = 'envoy.filters.network.wasm';
  const proxy = { stat_prefix: 'in', cluster: 'tcp' };
  const filters = [
    extension(wasm, 'filters.network.wasm.v3.Wasm', pluginConfig(filter)),
    extension('envoy.filters.network.tcp_proxy', 'filters.network.tcp_proxy.v3.TcpProxy', proxy),
  ];
  return { name, address: address(0), filter_chains: [{ filters }] };
}

function httpFilter(filter: WasmFilter): object {
  return extension('envoy.filters.http.wasm', 'filters.http.wasm.v3.Wasm', pluginConfig(filter));
}

function pluginConfig(filter: WasmFilter): object {
  return {
    config: {
      name: filter.name,
      root_id: 'root',
      failure_policy: `FAIL_${(filter.onFailure ?? 'closed').toUpperCase()}`,
      ...(filter.allowOnHeadersStopIteration === true && { allow_on_headers_stop_iteration: true }),
      configuration: {
        '@type': 'type.googleapis.com/google.protobuf.StringValue',
        value: filter.configuration,
      },
      vm_config: {
        vm_id: filter.vmId,
        runtime: 'envoy.wasm.runtime.v8',
        code: { local: { filename: filter.file } },
      },
    },
  };
}

function cluster({ name, port, http2 }: Cluster): object {
  const options =
    http2 === true ? { http2_protocol_options: {} } : { http_protocol_options: { enable_trailers: true } };
  const protocol = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  return {
    name,
    type: 'STATIC',
    typed_extension_protocol_options: {
      [protocol]: { '@type': `type.googleapis.com/${protocol}`, explicit_http_config: options },
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
    },
  };
}

function extension(name: string, type: string, config: object): object {
  return { name, typed_config: { '@type': `type.googleapis.com/envoy.extensions.${type}`, ...config } };
}

function address(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
