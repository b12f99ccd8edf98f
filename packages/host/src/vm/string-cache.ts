/** How many strings are kept, a power of two, and how long they may be. */
const slots = 1024;
const longest = 48;

/**
 * Byte strings that modules gave lately. A filter names the same headers in each request, and mostly sets the same values: a
 * string that is found here is not made again, and V8 compares and hashes it by what it is instead of by its characters.
 */
export class StringCache {
  readonly #kept: (string | undefined)[] = Array.from({ length: slots });

  /** The bytes `[start, end)` as a byte string, one character each. */
  read(bytes: Buffer, start: number, end: number): string {
    const size = end - start;
    if (size > longest) return bytes.toString('latin1', start, end);
    let hash = size;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
    const slot = (hash ^ (hash >>> 15)) & (slots - 1);
    const known = this.#kept[slot];
    if (known !== undefined && equals(known, bytes, start, size)) return known;
    const text = bytes.toString('latin1', start, end);
    this.#kept[slot] = text;
    return text;
  }
}

function equals(text: string, bytes: Buffer, start: number, size: number): boolean {
  if (text.length !== size) return false;
  for (let i = 0; i < size; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
