import type { AbiVersion } from '../abi/types.ts';
import type { Signature } from './sections.ts';

/**
 * The functions that Envoy offers to a module, by exact signature: one that differs is refused
 * (cpp-host src/v8/v8.cc V8::link, include/proxy-wasm/exports.h FOR_ALL_HOST_FUNCTIONS).
 */

/** `n` parameters of type i32, and an i32 status. */
function i32s(n: number): Signature {
  return `(${Array<string>(n).fill('i32').join(', ')}) -> i32`;
}

const everyAbi: Readonly<Record<string, Signature>> = {
  proxy_log: i32s(3),
  proxy_get_status: i32s(3),
  proxy_set_property: i32s(4),
  proxy_get_property: i32s(4),
  proxy_send_local_response: i32s(8),
  proxy_get_shared_data: i32s(5),
  proxy_set_shared_data: i32s(5),
  proxy_register_shared_queue: i32s(3),
  proxy_resolve_shared_queue: i32s(5),
  proxy_dequeue_shared_queue: i32s(3),
  proxy_enqueue_shared_queue: i32s(3),
  proxy_get_header_map_value: i32s(5),
  proxy_add_header_map_value: i32s(5),
  proxy_replace_header_map_value: i32s(5),
  proxy_remove_header_map_value: i32s(3),
  proxy_get_header_map_pairs: i32s(3),
  proxy_set_header_map_pairs: i32s(3),
  proxy_get_header_map_size: i32s(2),
  proxy_get_buffer_status: i32s(3),
  proxy_get_buffer_bytes: i32s(5),
  proxy_set_buffer_bytes: i32s(5),
  proxy_http_call: i32s(10),
  proxy_grpc_call: i32s(12),
  proxy_grpc_stream: i32s(9),
  proxy_grpc_close: i32s(1),
  proxy_grpc_cancel: i32s(1),
  proxy_grpc_send: i32s(4),
  proxy_set_tick_period_milliseconds: i32s(1),
  proxy_get_current_time_nanoseconds: i32s(1),
  proxy_define_metric: i32s(4),
  proxy_get_metric: i32s(2),
  proxy_set_effective_context: i32s(1),
  proxy_done: i32s(0),
  proxy_call_foreign_function: i32s(6),
  envoy_resolve_dns: i32s(3),
  pthread_equal: i32s(2),
  proxy_increment_metric: '(i32, i64) -> i32',
  proxy_record_metric: '(i32, i64) -> i32',
  emscripten_notify_memory_growth: '(i32) ->',
};

const later = { proxy_continue_stream: i32s(1), proxy_close_stream: i32s(1) };

const byAbi: Readonly<Record<AbiVersion, Readonly<Record<string, Signature>>>> = {
  '0.1.0': {
    ...everyAbi,
    proxy_get_configuration: i32s(2),
    proxy_continue_request: i32s(0),
    proxy_continue_response: i32s(0),
    proxy_clear_route_cache: i32s(0),
  },
  '0.2.0': { ...everyAbi, ...later },
  '0.2.1': { ...everyAbi, ...later, proxy_get_log_level: i32s(1) },
};

/** The parameters of each WASI function: `i` for i32, `I` for i64. All but `proc_exit` return an i32 error number. */
export const wasiParameters = {
  path_open: 'iiiiiIIii',
  fd_prestat_get: 'ii',
  fd_prestat_dir_name: 'iii',
  fd_filestat_get: 'ii',
  fd_write: 'iiii',
  fd_read: 'iiii',
  fd_seek: 'iIii',
  fd_close: 'i',
  path_filestat_get: 'iiiii',
  fd_fdstat_get: 'ii',
  fd_fdstat_set_flags: 'ii',
  environ_get: 'ii',
  environ_sizes_get: 'ii',
  args_get: 'ii',
  args_sizes_get: 'ii',
  clock_time_get: 'iIi',
  clock_res_get: 'ii',
  fd_advise: 'iIIi',
  fd_allocate: 'iII',
  fd_datasync: 'i',
  fd_fdstat_set_rights: 'iII',
  fd_filestat_set_size: 'iI',
  fd_filestat_set_times: 'iIIi',
  fd_pread: 'iiiIi',
  fd_pwrite: 'iiiIi',
  fd_readdir: 'iiiIi',
  fd_renumber: 'ii',
  fd_sync: 'i',
  fd_tell: 'ii',
  path_create_directory: 'iii',
  path_filestat_set_times: 'iiiiIIi',
  path_link: 'iiiiii',
  path_readlink: 'iiiiii',
  path_remove_directory: 'iii',
  path_rename: 'iiiiii',
  path_symlink: 'iiii',
  path_unlink_file: 'iii',
  sock_accept: 'iii',
  sock_recv: 'iiiiii',
  sock_send: 'iiiii',
  sock_shutdown: 'ii',
  random_get: 'ii',
  sched_yield: '',
  poll_oneoff: 'iiii',
  proc_exit: 'i',
} as const;

/** A WASI function that Envoy has. */
export type WasiName = keyof typeof wasiParameters;

/** The modules under whose names the WASI functions can be imported. */
export const wasiModules: readonly string[] = ['wasi_snapshot_preview1', 'wasi_unstable'];

/** The signature of an import that Envoy offers to a module of this ABI; `undefined` if it has no such function. */
export function hostSignature(abi: AbiVersion, module: string, name: string): Signature | undefined {
  if (module === 'env') return Object.hasOwn(byAbi[abi], name) ? byAbi[abi][name] : undefined;
  if (!wasiModules.includes(module) || !Object.hasOwn(wasiParameters, name)) return undefined;
  const letters: string = wasiParameters[name as WasiName];
  const params = letters.split('').map((letter) => (letter === 'i' ? 'i32' : 'i64'));
  return `(${params.join(', ')}) ->${name === 'proc_exit' ? '' : ' i32'}`;
}
