import { wasiParameters, type WasiName } from '../module/host-signatures.ts';
import type { HostFunctions } from '../imports/imports.ts';
import type { Vm } from '../vm/vm.ts';
import { Errno } from './errno.ts';
import { writeLines } from './fd-write.ts';

/** The most bytes of randomness at once (cpp-host limits.h PROXY_WASM_HOST_WASI_RANDOM_GET_MAX_SIZE_BYTES). */
const maxRandom = 65_536;

const standardOutputs = [1, 2];

/** Functions that always fail, or succeed without effect, whatever their arguments. */
const fixed: Partial<Record<WasiName, number>> = {
  path_open: Errno.NoEntry,
  fd_prestat_get: Errno.BadDescriptor,
  fd_prestat_dir_name: Errno.NoSystemCall,
  fd_filestat_get: Errno.BadDescriptor,
  fd_read: Errno.NoSystemCall,
  fd_pread: Errno.NoSystemCall,
  fd_seek: Errno.Success,
  fd_close: Errno.Success,
  fd_fdstat_set_flags: Errno.NoSystemCall,
  fd_advise: Errno.Success,
  args_get: Errno.Success,
  sched_yield: Errno.Success,
};

/** Functions that succeed without effect on the standard outputs, and know no other descriptor. */
const outputsOnly: readonly WasiName[] = [
  'fd_allocate',
  'fd_datasync',
  'fd_fdstat_set_rights',
  'fd_filestat_set_size',
  'fd_filestat_set_times',
  'fd_sync',
];

/** Allowed while the module initializes, beside those that log, and read time, arguments, environment and randomness. */
const notWhileInitializing: readonly WasiName[] = [
  'fd_read',
  'fd_seek',
  'fd_close',
  'path_filestat_get',
  'path_open',
  'sched_yield',
  'proc_exit',
];

/**
 * The WASI functions (cpp-host src/exports.cc `wasi_unstable_…`), which exist so that the runtimes of Go, Rust and others
 * start: there are no files and no sockets, standard output is the log, nothing ever waits.
 */
export function wasiFunctions(vm: Vm): HostFunctions {
  const functions: Record<string, (...args: never[]) => number | void> = {};
  for (const name of Object.keys(wasiParameters) as WasiName[]) {
    const value = fixed[name] ?? Errno.NotSupported;
    const check = notWhileInitializing.includes(name)
      ? (): unknown => vm.context()
      : (): unknown => vm.anyContext('initializing');
    functions[name] = outputsOnly.includes(name)
      ? (fd: number): number => (check(), standardOutputs.includes(fd) ? Errno.Success : Errno.BadDescriptor)
      : (): number => (check(), value);
  }
  return { ...functions, ...realFunctions(vm) };
}

function realFunctions(vm: Vm): HostFunctions {
  const ok = (written: boolean): number => (written ? Errno.Success : Errno.Fault);
  return {
    fd_write(fd: number, vectors: number, count: number, writtenAt: number): number {
      vm.anyContext('both');
      return writeLines(vm, fd, vectors, count, writtenAt);
    },
    fd_pwrite(fd: number, vectors: number, count: number, _offset: bigint, writtenAt: number): number {
      vm.anyContext('initializing');
      return writeLines(vm, fd, vectors, count, writtenAt);
    },
    fd_fdstat_get(fd: number, at: number): number {
      vm.anyContext('initializing');
      if (!standardOutputs.includes(fd)) return Errno.BadDescriptor;
      // All zero but the right to write; Envoy does not look whether the place exists.
      const rightFdWrite = 64n;
      if (vm.memory.holds(at, 24))
        [0n, rightFdWrite, 0n].forEach((v, i) => vm.memory.writeLong(at + 8 * i, v));
      return Errno.Success;
    },
    fd_readdir(_fd: number, _at: number, _size: number, _cookie: bigint, readAt: number): number {
      vm.anyContext('initializing');
      return vm.memory.writeWord(readAt, 0) ? Errno.NotDirectory : Errno.Fault;
    },
    fd_renumber(fd: number, to: number): number {
      vm.anyContext('initializing');
      return [fd, to].every((n) => standardOutputs.includes(n)) ? Errno.NotSupported : Errno.BadDescriptor;
    },
    fd_tell(fd: number, at: number): number {
      vm.anyContext('initializing');
      return standardOutputs.includes(fd) ? ok(vm.memory.writeLong(at, 0n)) : Errno.BadDescriptor;
    },
    args_sizes_get(countAt: number, sizeAt: number): number {
      vm.anyContext('initializing');
      return ok(vm.memory.writeWord(countAt, 0) && vm.memory.writeWord(sizeAt, 0));
    },
    environ_sizes_get(countAt: number, sizeAt: number): number {
      vm.anyContext('initializing');
      const { env } = vm.settings;
      const size = env.reduce((sum, [key, value]) => sum + key.length + value.length + 2, 0);
      return ok(vm.memory.writeWord(countAt, env.length) && vm.memory.writeWord(sizeAt, size));
    },
    environ_get(pointersAt: number, bytesAt: number): number {
      vm.anyContext('initializing');
      let [pointer, at] = [pointersAt >>> 0, bytesAt >>> 0];
      for (const [key, value] of vm.settings.env) {
        const entry = `${key}=${value}\0`;
        if (!vm.memory.writeWord(pointer, at) || !vm.memory.holds(at, entry.length)) return Errno.Fault;
        vm.memory.writeString(at, entry);
        pointer += 4;
        at += entry.length;
      }
      return Errno.Success;
    },
    clock_time_get(clock: number, _precision: bigint, at: number): number {
      vm.anyContext('both');
      if (clock !== 0 && clock !== 1) return Errno.NotSupported;
      return ok(
        vm.memory.writeLong(at, clock === 0 ? vm.ports.clock.realtime() : vm.ports.clock.monotonic()),
      );
    },
    clock_res_get(clock: number, at: number): number {
      vm.anyContext('initializing');
      return clock === 0 || clock === 1 ? ok(vm.memory.writeLong(at, 1n)) : Errno.NotSupported;
    },
    random_get(at: number, size: number): number {
      vm.anyContext('initializing');
      if (size >>> 0 > maxRandom) return Errno.Invalid;
      if (!vm.memory.holds(at, size)) return size === 0 ? Errno.Success : Errno.Fault;
      vm.ports.random(vm.memory.bytes.subarray(at >>> 0, (at >>> 0) + (size >>> 0)));
      return Errno.Success;
    },
    poll_oneoff(_in: number, _out: number, _count: number, eventsAt: number): number {
      vm.anyContext('both');
      // Go's runtime needs this to succeed.
      return ok(vm.memory.writeWord(eventsAt, 0));
    },
    /** Returns, as in Envoy: a module that wants to end has to trap. */
    proc_exit(): void {
      vm.context();
    },
  };
}
