import { Status } from '../abi/status.ts';
import type { Vm } from '../vm/vm.ts';

/**
 * Gives a byte string to the module: in memory that the module allocates, whose place and size are written to two of its
 * pointers. An empty one is place 0, without an allocation (cpp-host include/proxy-wasm/wasm.h copyToPointerSize).
 */
export function giveString(vm: Vm, text: string, pointerAt: number, sizeAt: number): Status {
  const size = text.length;
  let pointer = 0;
  if (size > 0) {
    pointer = vm.allocate(size);
    if (pointer === 0) return Status.InvalidMemoryAccess;
    vm.memory.writeString(pointer, text);
  }
  return givePlace(vm, pointer, size, pointerAt, sizeAt);
}

/** As {@link giveString}, for bytes. */
export function giveBytes(vm: Vm, bytes: Uint8Array, pointerAt: number, sizeAt: number): Status {
  let pointer = 0;
  if (bytes.length > 0) {
    pointer = vm.allocate(bytes.length);
    if (pointer === 0) return Status.InvalidMemoryAccess;
    vm.memory.bytes.set(bytes, pointer);
  }
  return givePlace(vm, pointer, bytes.length, pointerAt, sizeAt);
}

/** Writes a place and a size to two pointers of the module. */
export function givePlace(vm: Vm, pointer: number, size: number, pointerAt: number, sizeAt: number): Status {
  const { memory } = vm;
  return memory.writeWord(pointerAt, pointer) && memory.writeWord(sizeAt, size)
    ? Status.Ok
    : Status.InvalidMemoryAccess;
}
