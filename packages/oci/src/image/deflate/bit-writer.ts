/** Writes bits into an array that is large enough, the lowest first (RFC 1951, 3.1.1). */
export class BitWriter {
  readonly #bytes: Uint8Array;
  #length: number;
  #held = 0;
  #heldBits = 0;

  /** Begins at `offset`. */
  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.#length = offset;
  }

  /** Appends the lowest `count` bits of `value`, which has no others; `count` is at most 16. */
  put(value: number, count: number): void {
    this.#held |= value << this.#heldBits;
    this.#heldBits += count;
    while (this.#heldBits >= 8) {
      this.#bytes[this.#length++] = this.#held & 0xff;
      this.#held >>>= 8;
      this.#heldBits -= 8;
    }
  }

  /** Fills up to a whole byte. */
  align(): void {
    if (this.#heldBits > 0) this.put(0, 8 - this.#heldBits);
  }

  /** Appends whole bytes, after {@link BitWriter.align}. */
  append(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Where the next whole byte goes. */
  get length(): number {
    return this.#length;
  }
}
