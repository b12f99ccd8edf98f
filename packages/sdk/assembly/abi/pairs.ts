/**
 * The ABI's form of a header list: a count, then the two lengths of each pair, then the bytes, each with a NUL after it.
 * All numbers are u32, little endian.
 */
import { Header } from '../headers';
import { readUtf8, utf8Bound, writeUtf8 } from './utf8';

/** The lines in `bytes`; as many as are whole, should the rest be malformed. */
export function decodePairs(bytes: ArrayBuffer): Header[] {
  const lines: Header[] = [];
  const base = changetype<usize>(bytes);
  const size = <u64>bytes.byteLength;
  if (size < 4) return lines;
  const count = load<u32>(base);
  let at: u64 = 4 + <u64>count * 8;
  for (let i: u32 = 0; i < count; i++) {
    const entry: u64 = 4 + <u64>i * 8;
    if (entry + 8 > size) break;
    const nameLength = load<u32>(base + <usize>entry);
    const valueLength = load<u32>(base + <usize>entry + 4);
    const valueAt = at + nameLength + 1;
    if (valueAt + valueLength + 1 > size) break;
    const name = readUtf8(base + <usize>at, nameLength);
    lines.push(new Header(name, readUtf8(base + <usize>valueAt, valueLength)));
    at = valueAt + valueLength + 1;
  }
  return lines;
}

/** The form of `lines` that the host reads. */
export function encodePairs(lines: Header[]): ArrayBuffer {
  const count = lines.length;
  let room: usize = 4 + 8 * <usize>count;
  for (let i = 0; i < count; i++)
    room += utf8Bound(changetype<usize>(lines[i].name)) + utf8Bound(changetype<usize>(lines[i].value)) + 2;
  const block = new ArrayBuffer(<i32>room);
  const base = changetype<usize>(block);
  store<u32>(base, count);
  let at = base + 4 + 8 * <usize>count;
  for (let i = 0; i < count; i++) {
    const lengths = base + 4 + 8 * <usize>i;
    const middle = writeUtf8(changetype<usize>(lines[i].name), at);
    store<u32>(lengths, <u32>(middle - at));
    store<u8>(middle, 0);
    const end = writeUtf8(changetype<usize>(lines[i].value), middle + 1);
    store<u32>(lengths + 4, <u32>(end - middle - 1));
    store<u8>(end, 0);
    at = end + 1;
  }
  return block.slice(0, <i32>(at - base));
}
