/**
 * Serialized maps (https://github.com/proxy-wasm/spec/blob/main/abi-versions/v0.2.1/README.md#serialized-map): a count,
 * the lengths of every key and value, then the bytes, each string followed by a NUL; little endian.
 *
 * In this package a list of pairs is flat: `[key, value, key, value, …]`, each a byte string (one character per byte).
 */

/** The most bytes of guest pairs that the host reads (cpp-host limits.h PROXY_WASM_HOST_PAIRS_MAX_BYTES). */
export const maxPairsBytes = 1024 * 1024;

/** The most guest pairs that the host reads (cpp-host limits.h PROXY_WASM_HOST_PAIRS_MAX_COUNT). */
export const maxPairsCount = 1024;

/** The size in bytes of {@link encodePairs}' result. */
export function pairsSize(flat: readonly string[]): number {
  let size = 4;
  // Per string: a length of four bytes, the bytes, a NUL.
  for (const text of flat) size += 5 + text.length;
  return size;
}

/** Writes pairs at `offset` of `target`, which has {@link pairsSize} bytes to spare there. */
export function writePairs(flat: readonly string[], target: Buffer, offset: number): void {
  target.writeUInt32LE(flat.length >> 1, offset);
  let at = offset + 4;
  for (const text of flat) {
    target.writeUInt32LE(text.length, at);
    at += 4;
  }
  for (const text of flat) {
    target.write(text, at, 'latin1');
    at += text.length;
    target[at++] = 0;
  }
}

/** Serializes pairs into a new buffer. */
export function encodePairs(flat: readonly string[]): Buffer {
  const bytes = Buffer.alloc(pairsSize(flat));
  writePairs(flat, bytes, 0);
  return bytes;
}

/**
 * Reads pairs from `bytes[start, start + size)`. Anything malformed, too long or too many is an empty list, as in
 * cpp-host (src/pairs_util.cc PairsUtil::toPairs): a guest that sets a header map from such bytes deletes the map.
 */
export function decodePairs(bytes: Buffer, start: number, size: number): string[] {
  if (size < 4 || size > maxPairsBytes) return [];
  const end = start + size;
  const count = bytes.readUInt32LE(start);
  if (count > maxPairsCount || start + 4 + count * 8 > end) return [];
  const flat: string[] = [];
  let lengthAt = start + 4;
  let at = lengthAt + count * 8;
  for (let i = 0; i < count * 2; i++) {
    const length = bytes.readUInt32LE(lengthAt);
    lengthAt += 4;
    if (at + length + 1 > end || bytes[at + length] !== 0) return [];
    flat.push(bytes.toString('latin1', at, at + length));
    at += length + 1;
  }
  return at === end ? flat : [];
}
