import type { FilterModule } from '../module/compile.ts';
import { callbackSignatures } from '../module/callbacks.ts';

import type { WasmExports } from './web-assembly.ts';

/** An exported function of a module. All parameters are i32. */
export type GuestFunction = (...args: number[]) => number | undefined;

/** The callbacks that a module exports, under their names without `proxy_`. */
export interface Guest {
  readonly initialize: GuestFunction | undefined;
  readonly start: GuestFunction | undefined;
  readonly main: GuestFunction | undefined;
  readonly mainVoid: GuestFunction | undefined;
  readonly allocate: GuestFunction;
  readonly on_vm_start: GuestFunction | undefined;
  readonly on_configure: GuestFunction | undefined;
  readonly on_tick: GuestFunction | undefined;
  readonly on_context_create: GuestFunction | undefined;
  readonly on_request_headers: GuestFunction | undefined;
  readonly on_request_body: GuestFunction | undefined;
  readonly on_request_trailers: GuestFunction | undefined;
  readonly on_response_headers: GuestFunction | undefined;
  readonly on_response_body: GuestFunction | undefined;
  readonly on_response_trailers: GuestFunction | undefined;
  readonly on_http_call_response: GuestFunction | undefined;
  readonly on_queue_ready: GuestFunction | undefined;
  readonly on_done: GuestFunction | undefined;
  readonly on_log: GuestFunction | undefined;
  readonly on_delete: GuestFunction | undefined;
}

/** Looks up the callbacks of an instance, and only those whose signatures were checked when the module was compiled. */
export function readGuest(module: FilterModule, exports: WasmExports): Guest {
  const names = callbackSignatures(module.abi, module.shape.functions);
  const find = (name: string): GuestFunction | undefined => {
    const value = names.has(name) ? exports[name] : undefined;
    return typeof value === 'function' ? (value as GuestFunction) : undefined;
  };
  return {
    initialize: find('_initialize'),
    start: find('_start'),
    main: find('main'),
    mainVoid: find('__main_void'),
    allocate: (find('malloc') ?? find('proxy_on_memory_allocate')) as GuestFunction,
    on_vm_start: find('proxy_on_vm_start'),
    on_configure: find('proxy_on_configure'),
    on_tick: find('proxy_on_tick'),
    on_context_create: find('proxy_on_context_create'),
    on_request_headers: find('proxy_on_request_headers'),
    on_request_body: find('proxy_on_request_body'),
    on_request_trailers: find('proxy_on_request_trailers'),
    on_response_headers: find('proxy_on_response_headers'),
    on_response_body: find('proxy_on_response_body'),
    on_response_trailers: find('proxy_on_response_trailers'),
    on_http_call_response: find('proxy_on_http_call_response'),
    on_queue_ready: find('proxy_on_queue_ready'),
    on_done: find('proxy_on_done'),
    on_log: find('proxy_on_log'),
    on_delete: find('proxy_on_delete'),
  };
}
