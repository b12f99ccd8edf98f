// A filter of ABI 0.1.0: header callbacks have two parameters, a missing header is an empty one.

@external("env", "proxy_log")
declare function proxy_log(level: i32, ptr: usize, size: usize): i32;
@external("env", "proxy_get_configuration")
declare function proxy_get_configuration(out: usize, size: usize): i32;
@external("env", "proxy_get_header_map_value")
declare function proxy_get_header_map_value(map: i32, k: usize, kn: usize, out: usize, size: usize): i32;
@external("env", "proxy_add_header_map_value")
declare function proxy_add_header_map_value(map: i32, k: usize, kn: usize, v: usize, vn: usize): i32;
@external("env", "proxy_continue_request")
declare function proxy_continue_request(): i32;
@external("env", "proxy_clear_route_cache")
declare function proxy_clear_route_cache(): i32;

const A: usize = memory.data(16);

export function proxy_abi_version_0_1_0(): void {}
export function proxy_on_memory_allocate(size: usize): usize {
  return heap.alloc(size);
}
export function abort(a: usize, b: usize, c: u32, d: u32): void {
  unreachable();
}
function say(text: string): void {
  const b = String.UTF8.encode(text);
  proxy_log(2, changetype<usize>(b), b.byteLength);
}
export function proxy_on_configure(ctx: i32, size: i32): i32 {
  const s = proxy_get_configuration(A, A + 4);
  say("configuration: " + s.toString() + " " + String.UTF8.decodeUnsafe(load<u32>(A), load<u32>(A + 4)));
  return 1;
}
export function proxy_on_request_headers(ctx: i32, n: i32): i32 {
  const k = String.UTF8.encode("x-missing");
  const s = proxy_get_header_map_value(0, changetype<usize>(k), k.byteLength, A, A + 4);
  say("headers: " + n.toString() + " missing: " + s.toString() + " size " + load<u32>(A + 4).toString());
  const v = String.UTF8.encode("old");
  say("add: " + proxy_add_header_map_value(0, changetype<usize>(k), k.byteLength, changetype<usize>(v), v.byteLength).toString());
  say("route: " + proxy_clear_route_cache().toString());
  return 0;
}
