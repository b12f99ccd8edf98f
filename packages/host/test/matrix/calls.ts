import type { AbiVersion } from '../../src/index.ts';

/** The rows of the matrix: host calls. What each cell calls, and with what, is in `assembly/cell.ts` under the same name. */
export const calls = [
  'log',
  'get_log_level',
  'get_configuration',
  'get_current_time_nanoseconds',
  'set_tick_period_milliseconds',
  'get_property',
  'set_property',
  'get_buffer_bytes',
  'get_buffer_status',
  'set_buffer_bytes',
  'get_header_map_size',
  'get_header_map_pairs',
  'set_header_map_pairs',
  'get_header_map_value',
  'add_header_map_value',
  'replace_header_map_value',
  'remove_header_map_value',
  'continue_stream(request)',
  'continue_stream(response)',
  'continue_stream(others)',
  'close_stream(request)',
  'close_stream(response)',
  'close_stream(others)',
  'clear_route_cache',
  'send_local_response',
  'http_call',
  'grpc_call',
  'grpc_stream',
  'grpc_send',
  'grpc_cancel',
  'grpc_close',
  'get_status',
  'get_shared_data',
  'set_shared_data',
  'register_shared_queue',
  'resolve_shared_queue',
  'enqueue_shared_queue',
  'dequeue_shared_queue',
  'define_metric',
  'increment_metric',
  'record_metric',
  'get_metric',
  'set_effective_context',
  'done',
  'call_foreign_function',
  'call_foreign_function(expr)',
  'wasi',
  'wasi(of-go)',
] as const;

/** A member of {@link calls}. */
export type Call = (typeof calls)[number];

/** Calls that a module of this ABI cannot make; `continue_stream` has two functions of its own in 0.1.0. */
export const unknownTo: Readonly<Record<AbiVersion, readonly Call[]>> = {
  '0.1.0': [
    'get_log_level',
    'continue_stream(others)',
    'close_stream(request)',
    'close_stream(response)',
    'close_stream(others)',
  ],
  '0.2.0': ['get_log_level', 'get_configuration', 'clear_route_cache'],
  '0.2.1': ['get_configuration', 'clear_route_cache'],
};
