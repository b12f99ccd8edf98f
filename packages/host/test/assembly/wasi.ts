// Uses WASI, as the runtimes of other languages do, and an allocator that calls the host when it is told to.

@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(fd: i32, iovs: usize, n: i32, written: usize): i32;
@external("wasi_snapshot_preview1", "environ_sizes_get")
declare function environ_sizes_get(count: usize, size: usize): i32;
@external("wasi_snapshot_preview1", "environ_get")
declare function environ_get(pointers: usize, bytes: usize): i32;
@external("wasi_snapshot_preview1", "clock_time_get")
declare function clock_time_get(clock: i32, precision: i64, out: usize): i32;
@external("wasi_unstable", "random_get")
declare function random_get(at: usize, size: i32): i32;
@external("wasi_snapshot_preview1", "path_open")
declare function path_open(a: i32, b: i32, c: i32, d: i32, e: i32, f: i64, g: i64, h: i32, i: i32): i32;
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(code: i32): void;
@external("env", "proxy_get_property")
declare function proxy_get_property(p: usize, n: usize, out: usize, size: usize): i32;
@external("env", "proxy_get_buffer_bytes")
declare function proxy_get_buffer_bytes(type: i32, start: i32, max: i32, out: usize, size: usize): i32;

const A: usize = memory.data(64);
const ROOT = String.UTF8.encode("plugin_root_id");
let reentrant = false;

export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: usize): usize {
  if (reentrant) proxy_get_property(changetype<usize>(ROOT), 14, A, A + 4);
  return heap.alloc(size);
}
export function abort(a: usize, b: usize, c: u32, d: u32): void {
  unreachable();
}
function print(fd: i32, text: string): i32 {
  const b = String.UTF8.encode(text);
  store<u32>(A, changetype<usize>(b));
  store<u32>(A + 4, b.byteLength);
  return fd_write(fd, A, 1, A + 8);
}
export function proxy_on_vm_start(ctx: i32, size: i32): i32 {
  print(1, "to stdout\n");
  print(2, "to stderr");
  print(1, "descriptor 3: " + print(3, "x").toString());
  environ_sizes_get(A, A + 4);
  const count = load<u32>(A);
  const bytes = heap.alloc(load<u32>(A + 4) + 1);
  const total = load<u32>(A + 4);
  environ_get(A + 16, bytes);
  print(1, "environment: " + count.toString() + " " + (total > 0 ? String.UTF8.decodeUnsafe(bytes, total - 1) : ""));
  clock_time_get(0, 0, A + 16);
  print(1, "time: " + load<u64>(A + 16).toString() + " " + clock_time_get(2, 0, A + 16).toString());
  print(1, "random: " + random_get(A, 8).toString() + " " + random_get(A, 65537).toString() + " " + random_get(0xfffffff0, 8).toString());
  print(1, "path: " + path_open(0, 0, 0, 0, 0, 0, 0, 0, 0).toString());
  proc_exit(3);
  print(1, "still here");
  return 1;
}
export function proxy_on_configure(ctx: i32, size: i32): i32 {
  proxy_get_buffer_bytes(7, 0, 100, A, A + 4);
  reentrant = load<u32>(A + 4) > 0;
  if (reentrant) print(1, "status: " + proxy_get_buffer_bytes(7, 0, 100, A, A + 4).toString());
  return 1;
}
