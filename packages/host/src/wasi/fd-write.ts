import type { Vm } from '../vm/vm.ts';
import { Errno } from './errno.ts';

/** More than this in one write is not a line of a log. */
const maxWrite = 16 * 1024 * 1024;

/**
 * Standard output becomes lines of level info, standard error of level error; one newline at the end goes
 * (cpp-host src/exports.cc writevImpl).
 */
export function writeLines(vm: Vm, fd: number, vectors: number, count: number, writtenAt: number): number {
  if (fd !== 1 && fd !== 2) return Errno.BadDescriptor;
  const { memory } = vm;
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let i = 0; i < count >>> 0; i++) {
    const pointer = memory.readWord((vectors >>> 0) + i * 8);
    const length = memory.readWord((vectors >>> 0) + i * 8 + 4);
    if (pointer === undefined || length === undefined) return Errno.Fault;
    const part = memory.copy(pointer, length);
    size += length;
    if (part === undefined || size > maxWrite) return Errno.Fault;
    if (length > 0) parts.push(part);
  }
  if (size > 0) {
    const text = Buffer.concat(parts).toString('utf8');
    vm.log(fd === 1 ? 'info' : 'error', text.endsWith('\n') ? text.slice(0, -1) : text, 'filter');
  }
  return memory.writeWord(writtenAt, size) ? Errno.Success : Errno.Fault;
}
