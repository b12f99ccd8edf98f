// The host functions of every ABI as they are, without an SDK. A module imports those that it calls.

@external("env", "proxy_log")
export declare function proxy_log(level: i32, ptr: usize, size: usize): i32;
@external("env", "proxy_get_log_level")
export declare function proxy_get_log_level(out: usize): i32;
@external("env", "proxy_get_current_time_nanoseconds")
export declare function proxy_get_current_time_nanoseconds(out: usize): i32;
@external("env", "proxy_set_tick_period_milliseconds")
export declare function proxy_set_tick_period_milliseconds(ms: i32): i32;
@external("env", "proxy_get_property")
export declare function proxy_get_property(p: usize, n: usize, out: usize, size: usize): i32;
@external("env", "proxy_set_property")
export declare function proxy_set_property(p: usize, n: usize, v: usize, vn: usize): i32;
@external("env", "proxy_get_buffer_bytes")
export declare function proxy_get_buffer_bytes(type: i32, start: i32, max: i32, out: usize, size: usize): i32;
@external("env", "proxy_get_buffer_status")
export declare function proxy_get_buffer_status(type: i32, size: usize, flags: usize): i32;
@external("env", "proxy_set_buffer_bytes")
export declare function proxy_set_buffer_bytes(type: i32, start: i32, len: i32, p: usize, n: usize): i32;
@external("env", "proxy_get_header_map_size")
export declare function proxy_get_header_map_size(map: i32, out: usize): i32;
@external("env", "proxy_get_header_map_pairs")
export declare function proxy_get_header_map_pairs(map: i32, out: usize, size: usize): i32;
@external("env", "proxy_set_header_map_pairs")
export declare function proxy_set_header_map_pairs(map: i32, p: usize, n: usize): i32;
@external("env", "proxy_get_header_map_value")
export declare function proxy_get_header_map_value(map: i32, k: usize, kn: usize, out: usize, size: usize): i32;
@external("env", "proxy_add_header_map_value")
export declare function proxy_add_header_map_value(map: i32, k: usize, kn: usize, v: usize, vn: usize): i32;
@external("env", "proxy_replace_header_map_value")
export declare function proxy_replace_header_map_value(map: i32, k: usize, kn: usize, v: usize, vn: usize): i32;
@external("env", "proxy_remove_header_map_value")
export declare function proxy_remove_header_map_value(map: i32, k: usize, kn: usize): i32;
@external("env", "proxy_continue_stream")
export declare function proxy_continue_stream(type: i32): i32;
@external("env", "proxy_close_stream")
export declare function proxy_close_stream(type: i32): i32;
@external("env", "proxy_send_local_response")
export declare function proxy_send_local_response(code: i32, d: usize, dn: usize, b: usize, bn: usize, h: usize, hn: usize, grpc: i32): i32;
@external("env", "proxy_http_call")
export declare function proxy_http_call(u: usize, un: usize, h: usize, hn: usize, b: usize, bn: usize, t: usize, tn: usize, timeout: i32, token: usize): i32;
@external("env", "proxy_grpc_call")
export declare function proxy_grpc_call(u: usize, un: usize, s: usize, sn: usize, m: usize, mn: usize, i: usize, in_: usize, b: usize, bn: usize, timeout: i32, token: usize): i32;
@external("env", "proxy_grpc_close")
export declare function proxy_grpc_close(token: i32): i32;
@external("env", "proxy_get_status")
export declare function proxy_get_status(code: usize, out: usize, size: usize): i32;
@external("env", "proxy_get_shared_data")
export declare function proxy_get_shared_data(k: usize, kn: usize, out: usize, size: usize, cas: usize): i32;
@external("env", "proxy_set_shared_data")
export declare function proxy_set_shared_data(k: usize, kn: usize, v: usize, vn: usize, cas: i32): i32;
@external("env", "proxy_register_shared_queue")
export declare function proxy_register_shared_queue(k: usize, kn: usize, out: usize): i32;
@external("env", "proxy_resolve_shared_queue")
export declare function proxy_resolve_shared_queue(v: usize, vn: usize, k: usize, kn: usize, out: usize): i32;
@external("env", "proxy_enqueue_shared_queue")
export declare function proxy_enqueue_shared_queue(id: i32, p: usize, n: usize): i32;
@external("env", "proxy_dequeue_shared_queue")
export declare function proxy_dequeue_shared_queue(id: i32, out: usize, size: usize): i32;
@external("env", "proxy_define_metric")
export declare function proxy_define_metric(type: i32, p: usize, n: usize, out: usize): i32;
@external("env", "proxy_increment_metric")
export declare function proxy_increment_metric(id: i32, offset: i64): i32;
@external("env", "proxy_record_metric")
export declare function proxy_record_metric(id: i32, value: u64): i32;
@external("env", "proxy_get_metric")
export declare function proxy_get_metric(id: i32, out: usize): i32;
@external("env", "proxy_set_effective_context")
export declare function proxy_set_effective_context(id: i32): i32;
@external("env", "proxy_done")
export declare function proxy_done(): i32;
@external("env", "proxy_call_foreign_function")
export declare function proxy_call_foreign_function(k: usize, kn: usize, a: usize, an: usize, out: usize, size: usize): i32;
@external("env", "proxy_grpc_stream")
export declare function proxy_grpc_stream(u: usize, un: usize, s: usize, sn: usize, m: usize, mn: usize, i: usize, in_: usize, token: usize): i32;
@external("env", "proxy_grpc_send")
export declare function proxy_grpc_send(token: i32, p: usize, n: usize, end: i32): i32;
@external("env", "proxy_grpc_cancel")
export declare function proxy_grpc_cancel(token: i32): i32;
@external("env", "proxy_get_configuration")
export declare function proxy_get_configuration(out: usize, size: usize): i32;
@external("env", "proxy_continue_request")
export declare function proxy_continue_request(): i32;
@external("env", "proxy_continue_response")
export declare function proxy_continue_response(): i32;
@external("env", "proxy_clear_route_cache")
export declare function proxy_clear_route_cache(): i32;
