// A filter for tests: puts its configuration into the response header `x-filter`, traps on requests if the configuration
// has the word `trap`, and refuses one with the word `refuse`. Raw Proxy-Wasm, so that it depends on no SDK.

// @ts-ignore: decorator
@external("env", "proxy_add_header_map_value")
declare function addHeader(map: i32, key: usize, keySize: i32, value: usize, valueSize: i32): i32;
// @ts-ignore: decorator
@external("env", "proxy_get_buffer_bytes")
declare function getBuffer(kind: i32, start: i32, size: i32, pointer: usize, length: usize): i32;

const responseHeaders = 2;
const pluginConfiguration = 7;
let configuration = "";

export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_memory_allocate(size: i32): usize {
  return heap.alloc(size);
}
export function proxy_on_context_create(_id: i32, _parent: i32): void {}
export function proxy_on_vm_start(_root: i32, _size: i32): i32 {
  return 1;
}
export function proxy_on_configure(_root: i32, size: i32): i32 {
  configuration = "";
  if (size > 0) {
    const out = heap.alloc(8);
    getBuffer(pluginConfiguration, 0, size, out, out + 4);
    configuration = String.UTF8.decodeUnsafe(load<u32>(out), load<u32>(out + 4));
  }
  return configuration.includes("refuse") ? 0 : 1;
}
export function proxy_on_request_headers(_id: i32, _count: i32, _end: i32): i32 {
  if (configuration.includes("trap")) unreachable();
  return 0;
}
export function proxy_on_response_headers(_id: i32, _count: i32, _end: i32): i32 {
  const key = String.UTF8.encode("x-filter");
  const value = String.UTF8.encode(configuration);
  addHeader(responseHeaders, changetype<usize>(key), key.byteLength, changetype<usize>(value), value.byteLength);
  return 0;
}
export function proxy_on_done(_id: i32): i32 {
  return 1;
}
export function proxy_on_delete(_id: i32): void {}
export function proxy_on_log(_id: i32): void {}
export function stop(_message: usize, _file: usize, _line: u32, _column: u32): void {
  unreachable();
}
