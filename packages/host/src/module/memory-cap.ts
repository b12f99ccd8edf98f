import type { ModuleShape } from './sections.ts';

/**
 * The module with its own memory limited to `maxPages`, so that `memory.grow` fails at the cap as it does in Envoy
 * (which sets a flag of V8's for the whole process). An imported memory is made by the host, with the cap.
 */
export function capMemory(bytes: Uint8Array, shape: ModuleShape, maxPages: number): Uint8Array {
  const { memory, memorySection } = shape;
  if (memory === undefined || memorySection === undefined) return bytes;
  if (memory.maxPages !== undefined && memory.maxPages <= maxPages) return bytes;
  const flags = (bytes[memory.start] as number) | 1;
  const limits = [flags, ...uleb(memory.minPages), ...uleb(maxPages)];
  const before = bytes.subarray(memorySection.bodyAt, memory.start);
  const after = bytes.subarray(memory.end, memorySection.bodyEnd);
  return Buffer.concat([
    bytes.subarray(0, memorySection.sizeAt),
    Uint8Array.from(uleb(before.length + limits.length + after.length)),
    before,
    Uint8Array.from(limits),
    after,
    bytes.subarray(memorySection.bodyEnd),
  ]);
}

function uleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}
