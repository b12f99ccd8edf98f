import type { AbiVersion } from '../abi/types.ts';
import type { Signature } from './sections.ts';

const action = (n: number): Signature => `(${Array<string>(n).fill('i32').join(', ')}) -> i32`;
const event = (n: number): Signature => `(${Array<string>(n).fill('i32').join(', ')}) ->`;

/**
 * The functions of a module that the host calls, with the signatures under which it finds them; a module that exports one
 * with another is refused ("Bad function signature", cpp-host src/v8/v8.cc getModuleFunctionImpl).
 */
const everyAbi = {
  proxy_on_vm_start: action(2),
  proxy_validate_configuration: action(2),
  proxy_on_configure: action(2),
  proxy_on_tick: event(1),
  proxy_on_context_create: event(2),
  proxy_on_new_connection: action(1),
  proxy_on_downstream_data: action(3),
  proxy_on_upstream_data: action(3),
  proxy_on_downstream_connection_close: event(2),
  proxy_on_upstream_connection_close: event(2),
  proxy_on_request_body: action(3),
  proxy_on_request_trailers: action(2),
  proxy_on_request_metadata: action(2),
  proxy_on_response_body: action(3),
  proxy_on_response_trailers: action(2),
  proxy_on_response_metadata: action(2),
  proxy_on_http_call_response: event(5),
  proxy_on_grpc_receive: event(3),
  proxy_on_grpc_close: event(3),
  proxy_on_grpc_receive_initial_metadata: event(3),
  proxy_on_grpc_receive_trailing_metadata: event(3),
  proxy_on_queue_ready: event(2),
  proxy_on_done: action(1),
  proxy_on_log: event(1),
  proxy_on_delete: event(1),
} as const;

/**
 * The callbacks that the host looks up in a module with these exports, and their signatures. Of start-up and allocation it
 * wants one each: `_initialize` (and then `main` or `__main_void`) or else `_start`; `malloc` or else
 * `proxy_on_memory_allocate` (cpp-host src/wasm.cc WasmBase::getFunctions; the specification prefers the latter).
 */
export function callbackSignatures(
  abi: AbiVersion,
  exported: ReadonlyMap<string, Signature>,
): ReadonlyMap<string, Signature> {
  const headers = action(abi === '0.1.0' ? 2 : 3);
  const map = new Map<string, Signature>(Object.entries(everyAbi));
  map.set('proxy_on_request_headers', headers);
  map.set('proxy_on_response_headers', headers);
  if (abi !== '0.1.0') map.set('proxy_on_foreign_function', event(3));
  map.set(exported.has('malloc') ? 'malloc' : 'proxy_on_memory_allocate', action(1));
  if (!exported.has('_initialize')) return map.set('_start', event(0));
  return map.set('_initialize', event(0)).set('main', action(2)).set('__main_void', action(0));
}
