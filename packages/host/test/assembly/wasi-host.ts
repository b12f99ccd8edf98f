// The WASI functions that Envoy has, as they are, and cells of the matrix that call each of them.
import * as host from './host';

@external("wasi_snapshot_preview1", "path_open")
declare function path_open(a: i32, b: i32, c: i32, d: i32, e: i32, f: i64, g: i64, h: i32, i: i32): i32;
@external("wasi_snapshot_preview1", "fd_prestat_get")
declare function fd_prestat_get(a: i32, b: i32): i32;
@external("wasi_snapshot_preview1", "fd_prestat_dir_name")
declare function fd_prestat_dir_name(a: i32, b: i32, c: i32): i32;
@external("wasi_snapshot_preview1", "fd_filestat_get")
declare function fd_filestat_get(a: i32, b: i32): i32;
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(a: i32, b: i32, c: i32, d: i32): i32;
@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(a: i32, b: i32, c: i32, d: i32): i32;
@external("wasi_snapshot_preview1", "fd_seek")
declare function fd_seek(a: i32, b: i64, c: i32, d: i32): i32;
@external("wasi_snapshot_preview1", "fd_close")
declare function fd_close(a: i32): i32;
@external("wasi_snapshot_preview1", "path_filestat_get")
declare function path_filestat_get(a: i32, b: i32, c: i32, d: i32, e: i32): i32;
@external("wasi_snapshot_preview1", "fd_fdstat_get")
declare function fd_fdstat_get(a: i32, b: i32): i32;
@external("wasi_snapshot_preview1", "fd_fdstat_set_flags")
declare function fd_fdstat_set_flags(a: i32, b: i32): i32;
@external("wasi_snapshot_preview1", "environ_get")
declare function environ_get(a: i32, b: i32): i32;
@external("wasi_snapshot_preview1", "environ_sizes_get")
declare function environ_sizes_get(a: i32, b: i32): i32;
@external("wasi_snapshot_preview1", "args_get")
declare function args_get(a: i32, b: i32): i32;
@external("wasi_snapshot_preview1", "args_sizes_get")
declare function args_sizes_get(a: i32, b: i32): i32;
@external("wasi_snapshot_preview1", "clock_time_get")
declare function clock_time_get(a: i32, b: i64, c: i32): i32;
@external("wasi_snapshot_preview1", "clock_res_get")
declare function clock_res_get(a: i32, b: i32): i32;
@external("wasi_snapshot_preview1", "fd_advise")
declare function fd_advise(a: i32, b: i64, c: i64, d: i32): i32;
@external("wasi_snapshot_preview1", "fd_allocate")
declare function fd_allocate(a: i32, b: i64, c: i64): i32;
@external("wasi_snapshot_preview1", "fd_datasync")
declare function fd_datasync(a: i32): i32;
@external("wasi_snapshot_preview1", "fd_fdstat_set_rights")
declare function fd_fdstat_set_rights(a: i32, b: i64, c: i64): i32;
@external("wasi_snapshot_preview1", "fd_filestat_set_size")
declare function fd_filestat_set_size(a: i32, b: i64): i32;
@external("wasi_snapshot_preview1", "fd_filestat_set_times")
declare function fd_filestat_set_times(a: i32, b: i64, c: i64, d: i32): i32;
@external("wasi_snapshot_preview1", "fd_pread")
declare function fd_pread(a: i32, b: i32, c: i32, d: i64, e: i32): i32;
@external("wasi_snapshot_preview1", "fd_pwrite")
declare function fd_pwrite(a: i32, b: i32, c: i32, d: i64, e: i32): i32;
@external("wasi_snapshot_preview1", "fd_readdir")
declare function fd_readdir(a: i32, b: i32, c: i32, d: i64, e: i32): i32;
@external("wasi_snapshot_preview1", "fd_renumber")
declare function fd_renumber(a: i32, b: i32): i32;
@external("wasi_snapshot_preview1", "fd_sync")
declare function fd_sync(a: i32): i32;
@external("wasi_snapshot_preview1", "fd_tell")
declare function fd_tell(a: i32, b: i32): i32;
@external("wasi_snapshot_preview1", "path_create_directory")
declare function path_create_directory(a: i32, b: i32, c: i32): i32;
@external("wasi_snapshot_preview1", "path_filestat_set_times")
declare function path_filestat_set_times(a: i32, b: i32, c: i32, d: i32, e: i64, f: i64, g: i32): i32;
@external("wasi_snapshot_preview1", "path_link")
declare function path_link(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32): i32;
@external("wasi_snapshot_preview1", "path_readlink")
declare function path_readlink(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32): i32;
@external("wasi_snapshot_preview1", "path_remove_directory")
declare function path_remove_directory(a: i32, b: i32, c: i32): i32;
@external("wasi_snapshot_preview1", "path_rename")
declare function path_rename(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32): i32;
@external("wasi_snapshot_preview1", "path_symlink")
declare function path_symlink(a: i32, b: i32, c: i32, d: i32): i32;
@external("wasi_snapshot_preview1", "path_unlink_file")
declare function path_unlink_file(a: i32, b: i32, c: i32): i32;
@external("wasi_snapshot_preview1", "sock_accept")
declare function sock_accept(a: i32, b: i32, c: i32): i32;
@external("wasi_snapshot_preview1", "sock_recv")
declare function sock_recv(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32): i32;
@external("wasi_snapshot_preview1", "sock_send")
declare function sock_send(a: i32, b: i32, c: i32, d: i32, e: i32): i32;
@external("wasi_snapshot_preview1", "sock_shutdown")
declare function sock_shutdown(a: i32, b: i32): i32;
@external("wasi_snapshot_preview1", "random_get")
declare function random_get(a: i32, b: i32): i32;
@external("wasi_snapshot_preview1", "sched_yield")
declare function sched_yield(): i32;
@external("wasi_snapshot_preview1", "poll_oneoff")
declare function poll_oneoff(a: i32, b: i32, c: i32, d: i32): i32;
@external("wasi_snapshot_preview1", "proc_exit")
declare function proc_exit(a: i32): void;

function each(name: string, result: string): void {
  const bytes = String.UTF8.encode(name + ': ' + result);
  host.proxy_log(2, changetype<usize>(bytes), bytes.byteLength);
}

function write(fd: i32, at: usize, scratch: usize): string {
  // "a line\n" in two vectors, the second of them empty.
  store<u64>(scratch, 0x0a656e696c2061);
  store<u32>(at, <u32>scratch);
  store<u32>(at + 4, 7);
  store<u64>(at + 8, 0);
  return fd_write(fd, at, 2, at + 16).toString() + ' ' + load<u32>(at + 16).toString();
}

/** `A`: 64 bytes for results; `scratch`: memory that nobody needs. */
export function all(A: usize, scratch: usize): void {
  each('fd_write 1', write(1, A, scratch));
  each('fd_write 2', write(2, A, scratch));
  each('fd_write 3', write(3, A, scratch));
  each('clock_time_get 0', clock_time_get(0, 0, A as i32).toString());
  each('clock_time_get 9', clock_time_get(9, 0, A as i32).toString());
  each('random_get', random_get(scratch as i32, 8).toString());
  each('random_get of too much', random_get(0, 65537).toString());
  each('random_get anywhere', random_get(-16, 100).toString());
  each('poll_oneoff', poll_oneoff(scratch as i32, scratch as i32, 0, A as i32).toString());
  each('path_open', path_open(A as i32, A as i32, A as i32, A as i32, A as i32, 0, 0, A as i32, A as i32).toString());
  each('fd_prestat_get 1', fd_prestat_get(1, A as i32).toString());
  each('fd_prestat_get 3', fd_prestat_get(3, A as i32).toString());
  each('fd_prestat_dir_name 1', fd_prestat_dir_name(1, A as i32, A as i32).toString());
  each('fd_prestat_dir_name 3', fd_prestat_dir_name(3, A as i32, A as i32).toString());
  each('fd_read 1', fd_read(1, A as i32, A as i32, A as i32).toString());
  each('fd_read 3', fd_read(3, A as i32, A as i32, A as i32).toString());
  each('fd_seek 1', fd_seek(1, 0, A as i32, A as i32).toString());
  each('fd_seek 3', fd_seek(3, 0, A as i32, A as i32).toString());
  each('fd_close 1', fd_close(1).toString());
  each('fd_close 3', fd_close(3).toString());
  each('fd_fdstat_get 1', fd_fdstat_get(1, A as i32).toString());
  each('fd_fdstat_get 3', fd_fdstat_get(3, A as i32).toString());
  each('fd_fdstat_set_flags 1', fd_fdstat_set_flags(1, A as i32).toString());
  each('fd_fdstat_set_flags 3', fd_fdstat_set_flags(3, A as i32).toString());
  each('environ_get', environ_get(A as i32, (A + 8) as i32).toString());
  each('environ_sizes_get', environ_sizes_get(A as i32, (A + 8) as i32).toString());
  each('args_get', args_get(A as i32, (A + 8) as i32).toString());
  each('args_sizes_get', args_sizes_get(A as i32, (A + 8) as i32).toString());
  each('sched_yield', sched_yield().toString());
  proc_exit(3);
  each('proc_exit', 'returned');
}

/** What Envoy has since 1.39. */
export function ofGo(A: usize): void {
  each('fd_filestat_get 1', fd_filestat_get(1, A as i32).toString());
  each('fd_filestat_get 3', fd_filestat_get(3, A as i32).toString());
  each('path_filestat_get', path_filestat_get(A as i32, A as i32, A as i32, A as i32, A as i32).toString());
  each('clock_res_get', clock_res_get(1, A as i32).toString());
  each('fd_advise 1', fd_advise(1, 0, 0, A as i32).toString());
  each('fd_advise 3', fd_advise(3, 0, 0, A as i32).toString());
  each('fd_allocate 1', fd_allocate(1, 0, 0).toString());
  each('fd_allocate 3', fd_allocate(3, 0, 0).toString());
  each('fd_datasync 1', fd_datasync(1).toString());
  each('fd_datasync 3', fd_datasync(3).toString());
  each('fd_fdstat_set_rights 1', fd_fdstat_set_rights(1, 0, 0).toString());
  each('fd_fdstat_set_rights 3', fd_fdstat_set_rights(3, 0, 0).toString());
  each('fd_filestat_set_size 1', fd_filestat_set_size(1, 0).toString());
  each('fd_filestat_set_size 3', fd_filestat_set_size(3, 0).toString());
  each('fd_filestat_set_times 1', fd_filestat_set_times(1, 0, 0, A as i32).toString());
  each('fd_filestat_set_times 3', fd_filestat_set_times(3, 0, 0, A as i32).toString());
  each('fd_pread 1', fd_pread(1, A as i32, A as i32, 0, A as i32).toString());
  each('fd_pread 3', fd_pread(3, A as i32, A as i32, 0, A as i32).toString());
  each('fd_readdir 1', fd_readdir(1, A as i32, A as i32, 0, A as i32).toString());
  each('fd_readdir 3', fd_readdir(3, A as i32, A as i32, 0, A as i32).toString());
  each('fd_renumber 1', fd_renumber(1, 2).toString());
  each('fd_renumber 3', fd_renumber(3, 2).toString());
  each('fd_sync 1', fd_sync(1).toString());
  each('fd_sync 3', fd_sync(3).toString());
  each('fd_tell 1', fd_tell(1, A as i32).toString());
  each('fd_tell 3', fd_tell(3, A as i32).toString());
  each('path_create_directory', path_create_directory(A as i32, A as i32, A as i32).toString());
  each('path_filestat_set_times', path_filestat_set_times(A as i32, A as i32, A as i32, A as i32, 0, 0, A as i32).toString());
  each('path_link', path_link(A as i32, A as i32, A as i32, A as i32, A as i32, A as i32).toString());
  each('path_readlink', path_readlink(A as i32, A as i32, A as i32, A as i32, A as i32, A as i32).toString());
  each('path_remove_directory', path_remove_directory(A as i32, A as i32, A as i32).toString());
  each('path_rename', path_rename(A as i32, A as i32, A as i32, A as i32, A as i32, A as i32).toString());
  each('path_symlink', path_symlink(A as i32, A as i32, A as i32, A as i32).toString());
  each('path_unlink_file', path_unlink_file(A as i32, A as i32, A as i32).toString());
  each('sock_accept', sock_accept(A as i32, A as i32, A as i32).toString());
  each('sock_recv', sock_recv(A as i32, A as i32, A as i32, A as i32, A as i32, A as i32).toString());
  each('sock_send', sock_send(A as i32, A as i32, A as i32, A as i32, A as i32).toString());
  each('sock_shutdown', sock_shutdown(A as i32, A as i32).toString());
}
