import type { EnvoyVersion } from './envoy-version.ts';
import type { Signature } from './signature.ts';

/** The versions of the Proxy-Wasm ABI that Envoy accepts, oldest first. */
export const abiVersions = ['0.1.0', '0.2.0', '0.2.1'] as const;

/** One of {@link abiVersions}. */
export type AbiVersion = (typeof abiVersions)[number];

/** The name of the exported function that declares an ABI version. */
export function abiMarker(abi: AbiVersion): string {
  return `proxy_abi_version_${abi.replaceAll('.', '_')}`;
}

/** A function that the host offers to modules. */
export interface HostFunction {
  readonly module: string;
  readonly name: string;
  readonly signature: Signature;
  /** The ABI versions in which the host links it. */
  readonly abis: readonly AbiVersion[];
  /** The first of the known Envoy versions that has it; absent: all of them. */
  readonly since?: EnvoyVersion;
}

const inAll: Readonly<Record<string, Signature>> = {
  proxy_log: 'iii>i',
  proxy_get_status: 'iii>i',
  proxy_set_property: 'iiii>i',
  proxy_get_property: 'iiii>i',
  proxy_send_local_response: 'iiiiiiii>i',
  proxy_get_shared_data: 'iiiii>i',
  proxy_set_shared_data: 'iiiii>i',
  proxy_register_shared_queue: 'iii>i',
  proxy_resolve_shared_queue: 'iiiii>i',
  proxy_dequeue_shared_queue: 'iii>i',
  proxy_enqueue_shared_queue: 'iii>i',
  proxy_get_header_map_value: 'iiiii>i',
  proxy_add_header_map_value: 'iiiii>i',
  proxy_replace_header_map_value: 'iiiii>i',
  proxy_remove_header_map_value: 'iii>i',
  proxy_get_header_map_pairs: 'iii>i',
  proxy_set_header_map_pairs: 'iii>i',
  proxy_get_header_map_size: 'ii>i',
  proxy_get_buffer_status: 'iii>i',
  proxy_get_buffer_bytes: 'iiiii>i',
  proxy_set_buffer_bytes: 'iiiii>i',
  proxy_http_call: 'iiiiiiiiii>i',
  proxy_grpc_call: 'iiiiiiiiiiii>i',
  proxy_grpc_stream: 'iiiiiiiii>i',
  proxy_grpc_close: 'i>i',
  proxy_grpc_cancel: 'i>i',
  proxy_grpc_send: 'iiii>i',
  proxy_set_tick_period_milliseconds: 'i>i',
  proxy_get_current_time_nanoseconds: 'i>i',
  proxy_define_metric: 'iiii>i',
  proxy_increment_metric: 'il>i',
  proxy_record_metric: 'il>i',
  proxy_get_metric: 'ii>i',
  proxy_set_effective_context: 'i>i',
  proxy_done: '>i',
  proxy_call_foreign_function: 'iiiiii>i',
  // Not of the ABI: what Emscripten's C++ and Envoy itself add.
  pthread_equal: 'ii>i',
  emscripten_notify_memory_growth: 'i>',
  envoy_resolve_dns: 'iii>i',
};

const inFirst: Readonly<Record<string, Signature>> = {
  proxy_get_configuration: 'ii>i',
  proxy_continue_request: '>i',
  proxy_continue_response: '>i',
  proxy_clear_route_cache: '>i',
};

const fromSecond: Readonly<Record<string, Signature>> = {
  proxy_continue_stream: 'i>i',
  proxy_close_stream: 'i>i',
};

const inLatest: Readonly<Record<string, Signature>> = { proxy_get_log_level: 'i>i' };

/** In Envoy since 1.33 (proxy-wasm-cpp-host change 427). */
const wasi: Readonly<Record<string, Signature>> = {
  fd_write: 'iiii>i',
  fd_read: 'iiii>i',
  fd_seek: 'ilii>i',
  fd_close: 'i>i',
  fd_fdstat_get: 'ii>i',
  fd_fdstat_set_flags: 'ii>i',
  environ_get: 'ii>i',
  environ_sizes_get: 'ii>i',
  args_get: 'ii>i',
  args_sizes_get: 'ii>i',
  clock_time_get: 'ili>i',
  random_get: 'ii>i',
  sched_yield: '>i',
  poll_oneoff: 'iiii>i',
  proc_exit: 'i>',
  path_open: 'iiiiillii>i',
  fd_prestat_get: 'ii>i',
  fd_prestat_dir_name: 'iii>i',
};

/** Added for Go by proxy-wasm-cpp-host change 533, which came into Envoy by its change 45756. */
const wasiOfGo: Readonly<Record<string, Signature>> = {
  fd_filestat_get: 'ii>i',
  clock_res_get: 'ii>i',
  fd_advise: 'illi>i',
  fd_allocate: 'ill>i',
  fd_datasync: 'i>i',
  fd_fdstat_set_rights: 'ill>i',
  fd_filestat_set_size: 'il>i',
  fd_filestat_set_times: 'illi>i',
  fd_pread: 'iiili>i',
  fd_pwrite: 'iiili>i',
  fd_readdir: 'iiili>i',
  fd_renumber: 'ii>i',
  fd_sync: 'i>i',
  fd_tell: 'ii>i',
  path_create_directory: 'iii>i',
  path_filestat_get: 'iiiii>i',
  path_filestat_set_times: 'iiiilli>i',
  path_link: 'iiiiii>i',
  path_readlink: 'iiiiii>i',
  path_remove_directory: 'iii>i',
  path_rename: 'iiiiii>i',
  path_symlink: 'iiii>i',
  path_unlink_file: 'iii>i',
  sock_accept: 'iii>i',
  sock_recv: 'iiiiii>i',
  sock_send: 'iiiii>i',
  sock_shutdown: 'ii>i',
};

function of(
  module: string,
  table: Readonly<Record<string, Signature>>,
  abis: readonly AbiVersion[],
  since?: EnvoyVersion,
): readonly HostFunction[] {
  return Object.entries(table).map(([name, signature]) => ({
    module,
    name,
    signature,
    abis,
    ...(since === undefined ? {} : { since }),
  }));
}

/** Both names under which WASI is offered. */
const wasiModules = ['wasi_snapshot_preview1', 'wasi_unstable'];

/** Everything that Envoy links, of every ABI. */
export const hostFunctions: readonly HostFunction[] = [
  ...of('env', inAll, abiVersions),
  ...of('env', inFirst, ['0.1.0']),
  ...of('env', fromSecond, ['0.2.0', '0.2.1']),
  ...of('env', inLatest, ['0.2.1']),
  ...wasiModules.flatMap((module) => [
    ...of(module, wasi, abiVersions),
    ...of(module, wasiOfGo, abiVersions, '1.39'),
  ]),
];
