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
   * Exactly `size` bytes, or as many as there are before the end. Memory grows with what arrives, never with `size`:
   * sizes are declared by the other side.
   */
  async upTo(size: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let have = 0;
    while (have < size) {
      const piece = await this.some(size - have);
      if (piece === undefined) break;
      pieces.push(piece);
      have += piece.length;
    }
    const [only] = pieces;
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, have);
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
