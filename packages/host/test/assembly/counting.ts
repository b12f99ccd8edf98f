// Counts responses in the memory of its VM, and says in `x-count` who counted: `<configuration>:<count>`. It refuses `refuse`.
// Without imports from other files, so that others can compile it, too.

@external("env", "proxy_get_buffer_bytes")
declare function get_buffer(type: i32, start: usize, size: usize, data: usize, length: usize): i32;
@external("env", "proxy_add_header_map_value")
declare function add_header(map: i32, key: usize, keySize: usize, value: usize, valueSize: usize): i32;

let count = 0;
const configurations = new Map<i32, string>();
const roots = new Map<i32, i32>();

export function malloc(size: usize): usize {
  return heap.alloc(size);
}

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_context_create(id: i32, root: i32): void {
  if (root != 0) roots.set(id, root);
}

export function proxy_on_configure(id: i32, size: i32): i32 {
  const at = heap.alloc(8);
  get_buffer(7, 0, size, at, at + 4);
  configurations.set(id, String.UTF8.decodeUnsafe(load<u32>(at), load<u32>(at + 4)));
  return configurations.get(id).includes('refuse') ? 0 : 1;
}

export function proxy_on_response_headers(id: i32, headers: i32, end: i32): i32 {
  const key = String.UTF8.encode('x-count');
  const value = String.UTF8.encode(configurations.get(roots.get(id)) + ':' + (++count).toString());
  add_header(2, changetype<usize>(key), key.byteLength, changetype<usize>(value), value.byteLength);
  return 0;
}

export function proxy_on_delete(id: i32): void {
  roots.delete(id);
}

export function abort(message: usize, file: usize, line: u32, column: u32): void {
  unreachable();
}
