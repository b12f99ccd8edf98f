const block = 512;

/**
 * A tar archive (POSIX ustar) with one regular file. Owner, group and time are zero, so that equal bytes give an equal
 * archive everywhere. `name` is at most 100 ASCII characters.
 */
export function tarOf(name: string, content: Uint8Array): Uint8Array {
  const padded = Math.ceil(content.length / block) * block;
  const archive = new Uint8Array(block + padded + 2 * block); // ends with two blocks of zeros
  const text = (offset: number, value: string): void => archive.set(Buffer.from(value, 'ascii'), offset);
  const octal = (offset: number, digits: number, value: number): void =>
    text(offset, value.toString(8).padStart(digits, '0'));
  text(0, name);
  octal(100, 7, 0o644);
  octal(108, 7, 0);
  octal(116, 7, 0);
  octal(124, 11, content.length);
  octal(136, 11, 0);
  text(148, ' '.repeat(8)); // the checksum counts itself as spaces
  text(156, '0');
  text(257, 'ustar\x0000');
  let sum = 0;
  for (const byte of archive.subarray(0, block)) sum += byte;
  octal(148, 6, sum);
  archive.set([0, 0x20], 154);
  archive.set(content, block);
  return archive;
}
