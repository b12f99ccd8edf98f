/** Reads a stream of chunks in pieces of a wanted size, holding back no more than one chunk. */
export class ByteReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** Some bytes, at least one and at most `most`; `undefined` at the end. */
  async some(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#iterator.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /**
   * Exactly `size` bytes, or as many as there are before the end; never more than `limit`. Sizes are declared by the other
   * side: what is reserved for them is bounded, and becomes memory only as it is filled (zeroed pages of the system).
   */
  async upTo(size: number, limit: number): Promise<Uint8Array> {
    const first = await this.some(Math.min(size, limit));
    if (first === undefined || first.length === size) return first ?? new Uint8Array();
    const filled = new Uint8Array(Math.min(size, limit));
    filled.set(first);
    let have = first.length;
    while (have < filled.length) {
      const piece = await this.some(filled.length - have);
      if (piece === undefined) break;
      filled.set(piece, have);
      have += piece.length;
    }
    return filled.subarray(0, have);
  }

  /** At most `size` bytes, in the pieces in which they come. */
  async *pieces(size: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = size; left > 0;) {
      const piece = await this.some(left);
      if (piece === undefined) return;
      left -= piece.length;
      yield piece;
    }
  }

  /** Passes over bytes; returns how many there were. */
  async skip(size: number): Promise<number> {
    let done = 0;
    while (done < size) {
      const piece = await this.some(size - done);
      if (piece === undefined) break;
      done += piece.length;
    }
    return done;
  }

  /** Ends the reading; the source is told. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
