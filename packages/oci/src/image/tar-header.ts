import { OciError } from '../errors.ts';

/** What a header block says. `type` is the type flag as a character, `'0'` for both spellings of a regular file. */
export interface TarHeader {
  readonly name: string;
  readonly size: number;
  readonly type: string;
}

/** Size of a block, in bytes. */
export const blockSize = 512;

/** Reads one header block: v7, ustar and GNU. @throws OciError `archive` */
export function parseTarHeader(block: Uint8Array): TarHeader {
  if (checksumOf(block) !== number(block.subarray(148, 156)))
    throw malformed('a header has a wrong checksum');
  const flag = String.fromCharCode(block[156] as number);
  const magic = Buffer.from(block.subarray(257, 263)).toString('latin1');
  const prefix = magic === 'ustar\0' ? text(block.subarray(345, 500)) : '';
  const name = text(block.subarray(0, 100));
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: number(block.subarray(124, 136)),
    type: flag === '\0' ? '0' : flag,
  };
}

/** The records of a pax header (POSIX, "pax Extended Header"): `length key=value\n`. @throws OciError `archive` */
export function parsePax(bytes: Uint8Array): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  let rest = Buffer.from(bytes);
  while (rest.length > 0) {
    const space = rest.indexOf(0x20);
    const digits = space > 0 && space <= 8 ? rest.subarray(0, space).toString('latin1') : '';
    const length = /^[1-9][0-9]*$/.test(digits) ? Number(digits) : 0;
    const equals = rest.indexOf(0x3d, space + 1);
    if (
      length <= space + 2 ||
      length > rest.length ||
      rest[length - 1] !== 0x0a ||
      equals < 0 ||
      equals >= length
    ) {
      throw malformed('a pax record is malformed');
    }
    const key = rest.subarray(space + 1, equals).toString('utf8');
    const value = rest.subarray(equals + 1, length - 1).toString('utf8');
    if (value.includes('\0')) throw malformed('a pax record is malformed');
    records.set(key, value);
    rest = rest.subarray(length);
  }
  return records;
}

/** A size in decimal, as pax writes it. @throws OciError `archive` */
export function paxSize(value: string): number {
  if (!/^[0-9]{1,15}$/.test(value)) throw malformed('a pax size is malformed');
  return Number(value);
}

/** The failure of an archive. */
export function malformed(why: string): OciError {
  return new OciError('archive', `the layer is not a tar archive that can be trusted: ${why}`);
}

/** Text up to the first NUL. */
export function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString('utf8');
}

/** Octal with blanks and NULs around it, or GNU's base 256. */
function number(field: Uint8Array): number {
  const first = field[0] as number;
  if ((first & 0x80) !== 0) {
    if (first !== 0x80) throw malformed('a number is negative or too large');
    let value = 0;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) throw malformed('a number is too large');
    return value;
  }
  const digits = text(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw malformed('a number is malformed');
  return digits === '' ? 0 : parseInt(digits, 8);
}

function checksumOf(block: Uint8Array): number {
  let sum = 0;
  for (const [index, byte] of block.entries()) sum += index >= 148 && index < 156 ? 0x20 : byte;
  return sum;
}
