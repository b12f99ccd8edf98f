/**
 * How bytes come from the host. The host asks for a block by the export `proxy_on_memory_allocate`, writes into it and tells
 * its address through an out-pointer. The block is an ordinary ArrayBuffer of the collector: who reads it owns it, who ignores
 * it loses it, and nothing has to be freed by hand. It needs no pin, because nothing is allocated between the host's
 * request and `takeBytes`.
 */

// Where the host writes a pointer and a length, or one 64-bit value.
const out = memory.data(16);

/** Address of the out-pointer. */
export function outPointer(): usize {
  return out;
}

/** Address of the out-length. */
export function outLength(): usize {
  return out + sizeof<usize>();
}

/** Address of a third value of 32 bits. */
export function outThird(): usize {
  return out + 8;
}

/** No single value that a proxy hands over is larger; a larger request is refused, not trapped on. */
const LARGEST_BLOCK: usize = 512 << 20;

/** Serves `proxy_on_memory_allocate`. 0 means refused. */
export function allocateForHost(size: usize): usize {
  return size > LARGEST_BLOCK ? 0 : __new(size, idof<ArrayBuffer>());
}

/** The block that the host has just filled. Empty when it filled none, which is how Envoy hands over an empty value. */
export function takeBytes(): ArrayBuffer {
  const pointer = load<usize>(outPointer());
  const length = load<i32>(outLength());
  if (pointer == 0 || length <= 0) return new ArrayBuffer(0);
  const block = changetype<ArrayBuffer>(pointer);
  // Envoy asks for exactly what it writes; a host that asks for more still gets the right length seen.
  return block.byteLength == length ? block : block.slice(0, length);
}
