/** Thrown inside the reader only; `readModule` turns it into a value. */
export class Malformed extends Error {
  readonly offset: number;

  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenientUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Reads forward through a stretch of bytes and never beyond its end. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  byte(what: string): number {
    const value = this.offset < this.end ? this.bytes[this.offset] : undefined;
    if (value === undefined) throw new Malformed(this.offset, `the bytes end where ${what} should be`);
    this.offset += 1;
    return value;
  }

  skip(size: number, what: string): void {
    if (size > this.remaining) {
      throw new Malformed(
        this.offset,
        `${what} of ${size} bytes is longer than the ${this.remaining} bytes left`,
      );
    }
    this.offset += size;
  }

  /** LEB128, at most five bytes, the unused bits zero (core spec 5.2.2). */
  u32(what: string): number {
    const start = this.offset;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte(what);
      if (shift === 28 && byte > 0x0f) throw new Malformed(start, `${what} does not fit 32 bits`);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new Malformed(start, `${what} does not fit 32 bits`);
  }

  /** LEB128 of at most ten bytes. */
  u64(what: string): bigint {
    const start = this.offset;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte(what);
      if (shift === 63n && byte > 1) throw new Malformed(start, `${what} does not fit 64 bits`);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Malformed(start, `${what} does not fit 64 bits`);
  }

  /** Passes over a LEB128 of at most `bits` bits without looking at its value. */
  skipLeb(bits: number, what: string): void {
    const start = this.offset;
    for (let read = 0; read < bits; read += 7) if (this.byte(what) < 0x80) return;
    throw new Malformed(start, `${what} does not fit ${bits} bits`);
  }

  /** A signed LEB128 of at most 33 bits, as block and heap types are. */
  s33(what: string): number {
    const start = this.offset;
    let value = 0;
    for (let read = 0, unit = 1; read < 5; read += 1, unit *= 128) {
      const byte = this.byte(what);
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return (byte & 0x40) === 0 ? value : value - unit * 128;
    }
    throw new Malformed(start, `${what} does not fit 33 bits`);
  }

  /** A count of things of at least `smallest` bytes each: never more than the bytes left can hold. */
  count(what: string, most: number, smallest = 1): number {
    const start = this.offset;
    const value = this.u32(`the number of ${what}`);
    if (value > most)
      throw new Malformed(start, `${value} ${what} are more than the ${most} that engines accept`);
    if (value * smallest > this.remaining) {
      throw new Malformed(start, `${value} ${what} do not fit into the ${this.remaining} bytes left`);
    }
    return value;
  }

  name(what: string, utf8: 'strict' | 'lenient' = 'strict'): string {
    const size = this.u32(`the length of ${what}`);
    const start = this.offset;
    this.skip(size, what);
    try {
      return (utf8 === 'strict' ? strictUtf8 : lenientUtf8).decode(this.bytes.subarray(start, this.offset));
    } catch {
      throw new Malformed(start, `${what} is not UTF-8`);
    }
  }
}
