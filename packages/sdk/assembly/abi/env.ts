/**
 * The host functions of Proxy-Wasm ABI 0.2.1 that the SDK uses. Each returns a Status; a module imports only those that its
 * filter reaches. Pointers and lengths come in pairs; a parameter named `...Out` is where the host writes an i32.
 *
 * The compiler takes this file's name for the name of the module that they are imported from.
 */
import { Status } from '../status';

export declare function proxy_log(level: i32, message: usize, length: usize): Status;
export declare function proxy_get_log_level(levelOut: usize): Status;
export declare function proxy_get_current_time_nanoseconds(timeOut: usize): Status;
export declare function proxy_set_tick_period_milliseconds(period: u32): Status;
export declare function proxy_get_property(
  path: usize,
  pathLength: usize,
  valueOut: usize,
  valueLengthOut: usize,
): Status;
export declare function proxy_set_property(
  path: usize,
  pathLength: usize,
  value: usize,
  valueLength: usize,
): Status;
export declare function proxy_get_buffer_bytes(
  type: i32,
  start: u32,
  max: u32,
  bytesOut: usize,
  lengthOut: usize,
): Status;
export declare function proxy_get_buffer_status(type: i32, lengthOut: usize, flagsOut: usize): Status;
export declare function proxy_set_buffer_bytes(
  type: i32,
  start: u32,
  size: u32,
  bytes: usize,
  length: usize,
): Status;
export declare function proxy_get_header_map_pairs(map: i32, pairsOut: usize, lengthOut: usize): Status;
export declare function proxy_set_header_map_pairs(map: i32, pairs: usize, length: usize): Status;
export declare function proxy_get_header_map_value(
  map: i32,
  name: usize,
  nameLength: usize,
  valueOut: usize,
  valueLengthOut: usize,
): Status;
export declare function proxy_add_header_map_value(
  map: i32,
  name: usize,
  nameLength: usize,
  value: usize,
  valueLength: usize,
): Status;
export declare function proxy_replace_header_map_value(
  map: i32,
  name: usize,
  nameLength: usize,
  value: usize,
  valueLength: usize,
): Status;
export declare function proxy_remove_header_map_value(map: i32, name: usize, nameLength: usize): Status;
export declare function proxy_continue_stream(stream: i32): Status;
export declare function proxy_close_stream(stream: i32): Status;
export declare function proxy_send_local_response(
  status: u32,
  details: usize,
  detailsLength: usize,
  body: usize,
  bodyLength: usize,
  headers: usize,
  headersLength: usize,
  grpcStatus: i32,
): Status;
export declare function proxy_done(): Status;
