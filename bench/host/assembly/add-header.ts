// What both sides of `npm run bench -- host` run: adds one header to each request; with `x-mode: get` or `set` it reads or
// writes one a hundred times first, so that the price of one can be told. Exports what each of the hosts insists on.

@external("env", "proxy_add_header_map_value")
declare function add(map: i32, key: usize, keySize: usize, value: usize, valueSize: usize): i32;
@external("env", "proxy_replace_header_map_value")
declare function replace(map: i32, key: usize, keySize: usize, value: usize, valueSize: usize): i32;
@external("env", "proxy_get_header_map_value")
declare function get(map: i32, key: usize, keySize: usize, pointer: usize, size: usize): i32;

// x-hello, world, x-mode, get
const name: usize = memory.data<u8>([0x78, 0x2d, 0x68, 0x65, 0x6c, 0x6c, 0x6f]);
const value: usize = memory.data<u8>([0x77, 0x6f, 0x72, 0x6c, 0x64]);
const mode: usize = memory.data<u8>([0x78, 0x2d, 0x6d, 0x6f, 0x64, 0x65]);
const out: usize = memory.data(8);
const block: usize = memory.data(1024);

export function proxy_abi_version_0_2_1(): void {}
/** One block for everything: nothing that the host gives is kept. */
export function malloc(size: usize): usize {
  return size <= 1024 ? block : 0;
}
export function proxy_on_memory_allocate(size: usize): usize {
  return malloc(size);
}
export function _initialize(): void {}
export function proxy_on_context_create(context: i32, parent: i32): void {}
export function proxy_on_vm_start(context: i32, size: i32): i32 {
  return 1;
}
export function proxy_on_configure(context: i32, size: i32): i32 {
  return 1;
}
export function proxy_on_request_headers(context: i32, count: i32, end: i32): i32 {
  if (count > 0 && get(0, mode, 6, out, out + 4) == 0) {
    const first = load<u8>(load<usize>(out));
    // `get`, else `set`
    if (first == 0x67) for (let i = 0; i < 100; i++) get(0, mode, 6, out, out + 4);
    else for (let i = 0; i < 100; i++) replace(0, name, 7, value, 5);
  }
  add(0, name, 7, value, 5);
  return 0;
}
export function proxy_on_log(context: i32): void {}
export function proxy_on_done(context: i32): i32 {
  return 1;
}
export function proxy_on_delete(context: i32): void {}
