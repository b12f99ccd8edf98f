import { Status } from '../abi/status.ts';
import { maxBufferType } from '../abi/types.ts';
import type { ContextBuffer } from '../context/context.ts';
import type { Vm } from '../vm/vm.ts';
import { givePlace } from './copy-out.ts';
import type { HostFunctions } from './imports.ts';

/**
 * Bodies and configurations. A buffer that is not available now reads as empty (Envoy hands out an empty one), and cannot
 * be written (BAD_ARGUMENT).
 */
export function bufferFunctions(vm: Vm): HostFunctions {
  return {
    proxy_get_buffer_bytes(
      type: number,
      start: number,
      length: number,
      pointerAt: number,
      sizeAt: number,
    ): Status {
      const context = vm.context();
      if (type >>> 0 > maxBufferType) return Status.BadArgument;
      const buffer = context.getBuffer(type);
      if (buffer === undefined) return Status.NotFound;
      if (!buffer.present && !vm.quirk('buffer-unavailable', `proxy_get_buffer_bytes(${type})`))
        return Status.NotFound;
      // The sum cannot overflow as it could in 32 bits: what is asked for is clamped to what there is.
      const from = start >>> 0;
      const size = Math.max(0, Math.min(length >>> 0, buffer.length - from));
      if (size === 0) return givePlace(vm, 0, 0, pointerAt, sizeAt);
      const pointer = vm.allocate(size);
      if (pointer === 0) return Status.InvalidMemoryAccess;
      copyTo(buffer, from, size, vm.memory.bytes, pointer);
      return givePlace(vm, pointer, size, pointerAt, sizeAt);
    },
    proxy_get_buffer_status(type: number, lengthAt: number, flagsAt: number): Status {
      const context = vm.context();
      if (type >>> 0 > maxBufferType) return Status.BadArgument;
      const buffer = context.getBuffer(type);
      if (buffer === undefined) return Status.NotFound;
      if (!buffer.present && !vm.quirk('buffer-unavailable', `proxy_get_buffer_status(${type})`))
        return Status.NotFound;
      return givePlace(vm, buffer.length, 0, lengthAt, flagsAt);
    },
    proxy_set_buffer_bytes(
      type: number,
      start: number,
      length: number,
      pointer: number,
      size: number,
    ): Status {
      const context = vm.context();
      if (type >>> 0 > maxBufferType) return Status.BadArgument;
      const buffer = context.getBuffer(type);
      if (buffer === undefined) return Status.NotFound;
      const data = vm.memory.copy(pointer, size);
      if (data === undefined) return Status.InvalidMemoryAccess;
      const { body } = buffer;
      if (body === undefined) {
        const known = buffer.present || vm.quirk('buffer-unavailable', `proxy_set_buffer_bytes(${type})`);
        return known ? Status.BadArgument : Status.NotFound;
      }
      // Only the front can be replaced and the end be added to (envoy context.cc Buffer::copyFrom).
      const from = start >>> 0;
      if (from === 0) {
        body.drain(length >>> 0);
        body.prepend(data);
        return Status.Ok;
      }
      if (from < body.length) {
        const detail = `proxy_set_buffer_bytes(${type}, ${from}, ${length >>> 0})`;
        if (vm.quirk('buffer-splice', detail)) return Status.BadArgument;
        const tail = body.bytes().subarray(from + (length >>> 0));
        const head = body.take().subarray(0, from);
        for (const part of [head, data, tail]) body.add(part);
        return Status.Ok;
      }
      body.add(data);
      return Status.Ok;
    },
  };
}

function copyTo(
  buffer: ContextBuffer,
  start: number,
  size: number,
  target: Uint8Array,
  offset: number,
): void {
  if (buffer.body === undefined)
    target.set((buffer.bytes as Uint8Array).subarray(start, start + size), offset);
  else buffer.body.copyTo(start, size, target, offset);
}
