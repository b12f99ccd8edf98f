/**
 * The bytes of a body that are held at one point of a stream, as a list of chunks: Envoy's Buffer::Instance. Chunks are
 * never changed in place, so whoever gave them may keep them.
 */
export class BodyBuffer {
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** A buffer that holds one chunk. */
  static of(chunk: Uint8Array): BodyBuffer {
    const buffer = new BodyBuffer();
    buffer.add(chunk);
    return buffer;
  }

  /** Bytes held. */
  get length(): number {
    return this.#length;
  }

  /** Adds to the end. */
  add(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Adds to the front. */
  prepend(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.unshift(chunk);
    this.#length += chunk.length;
  }

  /** Removes up to `count` bytes from the front. */
  drain(count: number): void {
    let left = Math.min(count, this.#length);
    this.#length -= left;
    let whole = 0;
    while (left > 0) {
      const chunk = this.#chunks[whole] as Uint8Array;
      if (chunk.length > left) {
        this.#chunks[whole] = chunk.subarray(left);
        break;
      }
      left -= chunk.length;
      whole++;
    }
    if (whole > 0) this.#chunks.splice(0, whole);
  }

  /** Moves all bytes of another buffer to the end of this one. */
  moveFrom(other: BodyBuffer): void {
    for (const chunk of other.#chunks) this.#chunks.push(chunk);
    this.#length += other.#length;
    other.#chunks = [];
    other.#length = 0;
  }

  /** Copies `[start, start + length)`, which has to lie within the buffer, to `target` at `offset`. */
  copyTo(start: number, length: number, target: Uint8Array, offset: number): void {
    let skip = start;
    let left = length;
    let at = offset;
    for (const chunk of this.#chunks) {
      if (left === 0) return;
      if (skip >= chunk.length) {
        skip -= chunk.length;
        continue;
      }
      const part = chunk.subarray(skip, skip + left);
      target.set(part, at);
      at += part.length;
      left -= part.length;
      skip = 0;
    }
  }

  /** Takes everything out, as one chunk. */
  take(): Uint8Array {
    const bytes = this.bytes();
    this.#chunks = [];
    this.#length = 0;
    return bytes;
  }

  /** Everything as one chunk, which must not be changed. */
  bytes(): Uint8Array {
    if (this.#chunks.length === 1) return this.#chunks[0] as Uint8Array;
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    if (this.#length > 0) this.#chunks = [bytes];
    return bytes;
  }
}
