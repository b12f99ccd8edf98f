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
export declare function proxy_set_effective_context(context: i32): Status;
export declare function proxy_http_call(
  cluster: usize,
  clusterLength: usize,
  headers: usize,
  headersLength: usize,
  body: usize,
  bodyLength: usize,
  trailers: usize,
  trailersLength: usize,
  timeout: u32,
  tokenOut: usize,
): Status;
export declare function proxy_grpc_call(
  cluster: usize,
  clusterLength: usize,
  service: usize,
  serviceLength: usize,
  method: usize,
  methodLength: usize,
  metadata: usize,
  metadataLength: usize,
  message: usize,
  messageLength: usize,
  timeout: u32,
  tokenOut: usize,
): Status;
export declare function proxy_grpc_stream(
  cluster: usize,
  clusterLength: usize,
  service: usize,
  serviceLength: usize,
  method: usize,
  methodLength: usize,
  metadata: usize,
  metadataLength: usize,
  tokenOut: usize,
): Status;
export declare function proxy_grpc_send(token: u32, message: usize, length: usize, end: i32): Status;
export declare function proxy_grpc_cancel(token: u32): Status;
export declare function proxy_grpc_close(token: u32): Status;
export declare function proxy_get_status(codeOut: usize, messageOut: usize, lengthOut: usize): Status;
export declare function proxy_get_shared_data(
  key: usize,
  keyLength: usize,
  valueOut: usize,
  lengthOut: usize,
  casOut: usize,
): Status;
export declare function proxy_set_shared_data(
  key: usize,
  keyLength: usize,
  value: usize,
  length: usize,
  cas: u32,
): Status;
export declare function proxy_register_shared_queue(name: usize, length: usize, idOut: usize): Status;
export declare function proxy_resolve_shared_queue(
  vmId: usize,
  vmIdLength: usize,
  name: usize,
  nameLength: usize,
  idOut: usize,
): Status;
export declare function proxy_enqueue_shared_queue(id: u32, value: usize, length: usize): Status;
export declare function proxy_dequeue_shared_queue(id: u32, valueOut: usize, lengthOut: usize): Status;
export declare function proxy_define_metric(type: i32, name: usize, length: usize, idOut: usize): Status;
export declare function proxy_increment_metric(id: u32, offset: i64): Status;
export declare function proxy_record_metric(id: u32, value: u64): Status;
export declare function proxy_get_metric(id: u32, valueOut: usize): Status;
export declare function proxy_call_foreign_function(
  name: usize,
  nameLength: usize,
  args: usize,
  argsLength: usize,
  resultOut: usize,
  lengthOut: usize,
): Status;
