import { createHash } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';

/** Bytes on their way to somebody else: how many there were, how they begin, and their digest. */
export class Watched implements AsyncIterable<Uint8Array> {
  readonly #bytes: AsyncIterable<Uint8Array>;
  readonly #hash = createHash('sha256');
  #start: Uint8Array = new Uint8Array();
  #size = 0;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#bytes = bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of this.#bytes) {
      this.#hash.update(piece);
      this.#size += piece.length;
      if (this.#start.length < 8) this.#start = Buffer.concat([this.#start, piece.subarray(0, 8)]);
      yield piece;
    }
  }

  get size(): number {
    return this.#size;
  }

  /** The first eight bytes or a few more; all if there are fewer. */
  get start(): Uint8Array {
    return this.#start;
  }

  /** To be asked once, after the last byte. */
  digest(): Sha256 {
    return this.#hash.digest('hex') as Sha256;
  }
}
