import type { EnvoyVersion } from './envoy-version.ts';
import { abiVersions, type AbiVersion } from './host-functions.ts';
import type { Signature } from './signature.ts';

/** A function that the host looks for among a module's exports; none of them must be there. */
export interface GuestFunction {
  readonly name: string;
  readonly signature: Signature;
  readonly abis: readonly AbiVersion[];
  readonly since?: EnvoyVersion;
}

const always: Readonly<Record<string, Signature>> = {
  proxy_validate_configuration: 'ii>i',
  proxy_on_vm_start: 'ii>i',
  proxy_on_configure: 'ii>i',
  proxy_on_tick: 'i>',
  proxy_on_context_create: 'ii>',
  proxy_on_new_connection: 'i>i',
  proxy_on_downstream_data: 'iii>i',
  proxy_on_upstream_data: 'iii>i',
  proxy_on_downstream_connection_close: 'ii>',
  proxy_on_upstream_connection_close: 'ii>',
  proxy_on_request_body: 'iii>i',
  proxy_on_request_trailers: 'ii>i',
  proxy_on_request_metadata: 'ii>i',
  proxy_on_response_body: 'iii>i',
  proxy_on_response_trailers: 'ii>i',
  proxy_on_response_metadata: 'ii>i',
  proxy_on_http_call_response: 'iiiii>',
  proxy_on_grpc_receive: 'iii>',
  proxy_on_grpc_close: 'iii>',
  proxy_on_grpc_receive_initial_metadata: 'iii>',
  proxy_on_grpc_receive_trailing_metadata: 'iii>',
  proxy_on_queue_ready: 'ii>',
  proxy_on_done: 'i>i',
  proxy_on_log: 'i>',
  proxy_on_delete: 'i>',
  envoy_on_resolve_dns: 'iii>',
  envoy_on_stats_update: 'ii>',
};

const first: readonly AbiVersion[] = ['0.1.0'];
const later: readonly AbiVersion[] = ['0.2.0', '0.2.1'];

/** The callbacks, by ABI. The functions that start a module and allocate are looked at apart. */
export const callbacks: readonly GuestFunction[] = [
  ...Object.entries(always).map(([name, signature]) => ({ name, signature, abis: abiVersions })),
  { name: 'proxy_on_request_headers', signature: 'ii>i', abis: first },
  { name: 'proxy_on_response_headers', signature: 'ii>i', abis: first },
  { name: 'proxy_on_request_headers', signature: 'iii>i', abis: later },
  { name: 'proxy_on_response_headers', signature: 'iii>i', abis: later },
  { name: 'proxy_on_foreign_function', signature: 'iii>', abis: later },
];

/** Names that begin like callbacks, are part of the ABI, and are not looked up as callbacks. */
export const otherGuestNames: ReadonlySet<string> = new Set([
  'proxy_on_memory_allocate',
  // Once part of the interface; hosts declare it and never call it.
  'proxy_on_grpc_create_initial_metadata',
]);

/** Which kind of filter a callback makes a module. */
export function kindOfCallback(name: string): 'http' | 'tcp' | undefined {
  if (/^proxy_on_(request|response)_(headers|body|trailers)$/.test(name)) return 'http';
  if (/^proxy_on_(new_connection|(down|up)stream_(data|connection_close))$/.test(name)) return 'tcp';
  return undefined;
}
