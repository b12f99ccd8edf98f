import type { FilterModule } from '../module/compile.ts';
import { callbackSignatures } from '../module/callbacks.ts';

import type { WasmExports } from './web-assembly.ts';

/** An exported function of a module. All parameters are i32. */
export type GuestFunction = (...args: number[]) => number | undefined;

/** Callbacks that tell a plugin's root context something and want no answer. */
export type RootCallback =
  | 'on_tick'
  | 'on_queue_ready'
  | 'on_http_call_response'
  | 'on_grpc_receive_initial_metadata'
  | 'on_grpc_receive'
  | 'on_grpc_receive_trailing_metadata'
  | 'on_grpc_close';

/** Callbacks that a module may export, under their names without `proxy_`. */
export type Callback =
  | RootCallback
  | 'on_vm_start'
  | 'on_configure'
  | 'on_context_create'
  | 'on_new_connection'
  | 'on_downstream_data'
  | 'on_upstream_data'
  | 'on_downstream_connection_close'
  | 'on_upstream_connection_close'
  | 'on_foreign_function'
  | 'on_done'
  | 'on_log'
  | 'on_delete';

/** A callback by its name without `proxy_`, and the module's function for it. */
export interface NamedCallback {
  readonly name: string;
  readonly run: GuestFunction | undefined;
}

/** Callbacks for the parts of a request, or of a response. */
export interface MessageCallbacks {
  readonly headers: NamedCallback;
  readonly body: NamedCallback;
  readonly trailers: NamedCallback;
}

/** What the host calls of a module; what it does not export is `undefined`. */
export interface Guest extends Readonly<Record<Callback, GuestFunction | undefined>> {
  readonly request: MessageCallbacks;
  readonly response: MessageCallbacks;
  readonly initialize: GuestFunction | undefined;
  readonly start: GuestFunction | undefined;
  readonly main: GuestFunction | undefined;
  readonly mainVoid: GuestFunction | undefined;
  readonly allocate: GuestFunction;
}

/** Looks up the callbacks of an instance, and only those whose signatures were checked when the module was compiled. */
export function readGuest(
  module: FilterModule,
  exports: WasmExports,
  allowed: ReadonlySet<string> | undefined,
): Guest {
  const names = callbackSignatures(module.abi, module.shape.functions);
  const find = (name: string): GuestFunction | undefined => {
    const value = names.has(name) ? exports[name] : undefined;
    return typeof value === 'function' ? (value as GuestFunction) : undefined;
  };
  const callback = (name: string): GuestFunction | undefined =>
    (allowed?.has(`proxy_${name}`) ?? true) ? find(`proxy_${name}`) : undefined;
  const named = (name: string): NamedCallback => ({ name, run: callback(name) });
  const message = (direction: 'request' | 'response'): MessageCallbacks => ({
    headers: named(`on_${direction}_headers`),
    body: named(`on_${direction}_body`),
    trailers: named(`on_${direction}_trailers`),
  });
  // Written out, because V8 reads an object faster that was not put together by computed names.
  return {
    on_vm_start: callback('on_vm_start'),
    on_configure: callback('on_configure'),
    on_tick: callback('on_tick'),
    on_queue_ready: callback('on_queue_ready'),
    on_http_call_response: callback('on_http_call_response'),
    on_grpc_receive_initial_metadata: callback('on_grpc_receive_initial_metadata'),
    on_grpc_receive: callback('on_grpc_receive'),
    on_grpc_receive_trailing_metadata: callback('on_grpc_receive_trailing_metadata'),
    on_grpc_close: callback('on_grpc_close'),
    on_context_create: callback('on_context_create'),
    on_new_connection: callback('on_new_connection'),
    on_downstream_data: callback('on_downstream_data'),
    on_upstream_data: callback('on_upstream_data'),
    on_downstream_connection_close: callback('on_downstream_connection_close'),
    on_upstream_connection_close: callback('on_upstream_connection_close'),
    request: message('request'),
    response: message('response'),
    on_foreign_function: callback('on_foreign_function'),
    on_done: callback('on_done'),
    on_log: callback('on_log'),
    on_delete: callback('on_delete'),
    initialize: find('_initialize'),
    start: find('_start'),
    main: find('main'),
    mainVoid: find('__main_void'),
    allocate: (find('malloc') ?? find('proxy_on_memory_allocate')) as GuestFunction,
  };
}
