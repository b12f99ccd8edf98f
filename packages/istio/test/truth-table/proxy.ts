import type { DesiredFilter } from '@wasmcast/core';
import { pluginConfig, wasmType } from '../../src/compile/envoy-filter.ts';
import { httpFilterName } from '../../src/names.ts';
import type { Failure } from './kinds.ts';
import { fleet } from './verdict.ts';

const type = (name: string): string => `type.googleapis.com/envoy.extensions.${name}`;
const address = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } });

/** The listener whose filter works. */
export const control = 'control';

/** What begins a line of the access log. */
export const accessMark = 'ACCESS';

/** A bootstrap of an Envoy that finds its listeners in a file, and modules and the service behind it at a server. */
export function bootstrap(listenersFile: string, serverPort: number): string {
  const cluster = {
    name: 'server',
    type: 'STATIC',
    load_assignment: {
      cluster_name: 'server',
      endpoints: [{ lb_endpoints: [{ endpoint: { address: address(serverPort) } }] }],
    },
  };
  return JSON.stringify({
    dynamic_resources: { lds_config: { path_config_source: { path: listenersFile } } },
    static_resources: { clusters: [cluster] },
  });
}

/** The file's content. */
export function listenersDocument(listeners: readonly object[]): string {
  return JSON.stringify({ resources: listeners });
}

/**
 * A listener on a free port whose requests pass the filter, which is written as our compile writes it. It is of the
 * direction that is judged, except for the one whose filter works.
 */
export function listener(name: string, failure: Failure, filter: DesiredFilter, folder: string): object {
  const config = pluginConfig(filter, { mountPath: folder, known: { policyField: 'failure_policy' } });
  const timeout = failure.by === 'fetch' && failure.served.kind === 'never' ? '0.5s' : '30s';
  const remote = {
    http_uri: {
      uri: `http://modules/module/${name.replaceAll(' ', '-')}`,
      cluster: 'server',
      timeout,
    },
    sha256: filter.moduleDigest,
    retry_policy: { retry_back_off: { base_interval: '0.01s', max_interval: '0.02s' }, num_retries: 1 },
  };
  const vm = { ...(config['vm_config'] as object), ...(failure.by === 'fetch' && { code: { remote } }) };
  const log = `${accessMark} %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%\n`;
  const manager = {
    '@type': type('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'in',
    access_log: [
      {
        name: 'stdout',
        typed_config: {
          '@type': type('access_loggers.stream.v3.StdoutAccessLog'),
          log_format: { text_format_source: { inline_string: log } },
        },
      },
    ],
    http_filters: [
      {
        name: httpFilterName(fleet, filter.name),
        typed_config: { '@type': wasmType, config: { ...config, vm_config: vm } },
      },
      { name: 'envoy.filters.http.router', typed_config: { '@type': type('filters.http.router.v3.Router') } },
    ],
    route_config: {
      virtual_hosts: [
        { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'server' } }] },
      ],
    },
  };
  return {
    '@type': 'type.googleapis.com/envoy.config.listener.v3.Listener',
    name,
    traffic_direction: name === control ? 'OUTBOUND' : 'INBOUND',
    address: address(0),
    filter_chains: [
      { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
    ],
  };
}
