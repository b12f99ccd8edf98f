/** Thrown inside this folder for bytes that are not a module; becomes a reason of `not-loadable`. */
export class MalformedModule extends Error {}

/** Reads the primitive values of the binary format (https://webassembly.github.io/spec/core/binary/values.html). */
export class Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    if (this.at >= this.end) throw new MalformedModule('the module ends in the middle of a section');
    return this.bytes[this.at++] as number;
  }

  /** An unsigned LEB128 number of at most 64 bits; exact up to 2^53. */
  uint(): number {
    let value = 0;
    for (let scale = 1, count = 0; count < 10; count++, scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new MalformedModule('a number in the module is longer than its type allows');
  }

  skip(count: number): void {
    if (count > this.end - this.at) throw new MalformedModule('the module ends in the middle of a section');
    this.at += count;
  }

  name(): string {
    const length = this.uint();
    const from = this.at;
    this.skip(length);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + from, length).toString('utf8');
  }
}
