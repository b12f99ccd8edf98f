// Calls the host from top-level code, that is, while the module initializes.

@external("env", "proxy_log")
declare function proxy_log(level: i32, ptr: usize, size: usize): i32;
@external("env", "proxy_get_property")
declare function proxy_get_property(p: usize, n: usize, out: usize, size: usize): i32;

export function proxy_abi_version_0_2_0(): void {}
export function malloc(size: usize): usize {
  return heap.alloc(size);
}
export function abort(a: usize, b: usize, c: u32, d: u32): void {
  unreachable();
}
const hello = String.UTF8.encode("early");
proxy_log(2, changetype<usize>(hello), hello.byteLength);
proxy_get_property(0, 1, 0, 4);
