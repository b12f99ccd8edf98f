/** Writes bits, the lowest first (RFC 1951, 3.1.1). */
export class BitWriter {
  readonly #bytes: Uint8Array;
  #length = 0;
  #held = 0;
  #heldBits = 0;

  /** `room`: how many bytes are written at most before they are taken. */
  constructor(room: number) {
    this.#bytes = new Uint8Array(room);
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

  /** The whole bytes written since this was called last; they stay as they are until more is written. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }
}
