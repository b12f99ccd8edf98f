/** One field of a protobuf message: its number, and a number (of 64 bits, as it stands there) or bytes. */
export interface Field {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

/** How deep groups may lie in each other (protobuf's default recursion limit). */
const maxDepth = 100;

/**
 * The fields of a message in their order (https://protobuf.dev/programming-guides/encoding); `undefined` where protobuf's
 * own parser refuses the bytes. Groups are skipped: nothing that a filter says to a host has one.
 */
export function readFields(bytes: Uint8Array): Field[] | undefined {
  const fields: Field[] = [];
  return skipFields(new Cursor(bytes), 0, 0, fields) ? fields : undefined;
}

/** A field of bytes or text. */
export function writeBytes(number: number, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  // proto3 does not write what is empty.
  if (bytes.length === 0) return new Uint8Array();
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(bytes.length)), bytes]);
}

/** A field of type bool or an integer. */
export function writeNumber(number: number, value: bigint): Uint8Array {
  return value === 0n ? new Uint8Array() : Buffer.concat([varint(BigInt(number * 8)), varint(value)]);
}

/** The text of a field; `undefined` when it is none, or no UTF-8. The last of several counts. */
export function textField(fields: readonly Field[], number: number): string | undefined {
  const bytes = bytesField(fields, number);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The bytes of a field, none when it is not there. */
export function bytesField(fields: readonly Field[], number: number): Uint8Array {
  const value = fields.findLast((field) => field.number === number && typeof field.value !== 'bigint')?.value;
  return value instanceof Uint8Array ? value : new Uint8Array();
}

/** The number of a field, 0 when it is not there. */
export function numberField(fields: readonly Field[], number: number): bigint {
  const value = fields.findLast((field) => field.number === number && typeof field.value === 'bigint')?.value;
  return typeof value === 'bigint' ? value : 0n;
}

/** Reads fields up to the end of the bytes or of group `group`; false when they are malformed. */
function skipFields(cursor: Cursor, group: number, depth: number, into: Field[] | undefined): boolean {
  while (!cursor.atEnd) {
    const tag = cursor.varint();
    if (tag === undefined || tag > 0xffff_ffffn) return false;
    const [number, wire] = [Number(tag >> 3n), Number(tag & 7n)];
    if (number === 0) return false;
    if (wire === 4) return number === group;
    if (wire === 3) {
      if (depth === maxDepth || !skipFields(cursor, number, depth + 1, undefined)) return false;
      continue;
    }
    const value = cursor.value(wire);
    if (value === undefined) return false;
    into?.push({ number, value });
  }
  return group === 0;
}

class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  varint(): bigint | undefined {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return undefined;
  }

  value(wire: number): bigint | Uint8Array | undefined {
    if (wire === 0) return this.varint();
    const size = wire === 1 ? 8n : wire === 5 ? 4n : wire === 2 ? this.varint() : undefined;
    if (size === undefined || size > BigInt(this.#bytes.length - this.#at)) return undefined;
    const start = this.#at;
    this.#at += Number(size);
    if (wire === 1) return this.#view.getBigUint64(start, true);
    if (wire === 5) return BigInt(this.#view.getUint32(start, true));
    return this.#bytes.subarray(start, this.#at);
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
