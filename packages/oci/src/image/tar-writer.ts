import { blockSize } from './tar-header.ts';

/** Two blocks of zeros end an archive. */
export const tarEnd: Uint8Array = new Uint8Array(2 * blockSize);

/** A tar archive with one regular file, see {@link tarHeader}. */
export function tarOf(name: string, content: Uint8Array): Uint8Array {
  const padded = Math.ceil(content.length / blockSize) * blockSize;
  const archive = new Uint8Array(blockSize + padded + tarEnd.length);
  archive.set(tarHeader(name, content.length));
  archive.set(content, blockSize);
  return archive;
}

/**
 * The header of a regular file of `size` bytes (POSIX ustar). Owner, group and time are zero, so that equal bytes give
 * an equal archive everywhere. `name` is at most 100 ASCII characters.
 */
export function tarHeader(name: string, size: number): Uint8Array {
  const header = new Uint8Array(blockSize);
  const text = (offset: number, value: string): void => header.set(Buffer.from(value, 'ascii'), offset);
  const octal = (offset: number, digits: number, value: number): void =>
    text(offset, value.toString(8).padStart(digits, '0'));
  text(0, name);
  octal(100, 7, 0o644);
  octal(108, 7, 0);
  octal(116, 7, 0);
  octal(124, 11, size);
  octal(136, 11, 0);
  text(148, ' '.repeat(8)); // the checksum counts itself as spaces
  text(156, '0');
  text(257, 'ustar\x0000');
  let sum = 0;
  for (const byte of header) sum += byte;
  octal(148, 6, sum);
  header.set([0, 0x20], 154);
  return header;
}
