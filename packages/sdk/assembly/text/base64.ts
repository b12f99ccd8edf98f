/**
 * Bytes as Base64 (RFC 4648), with padding; with `url` the alphabet for URLs and no padding.
 *
 *     const header = 'Basic ' + base64Encode(String.UTF8.encode(user + ':' + password));
 */
export function base64Encode(bytes: ArrayBuffer, url: bool = false): string {
  const from = changetype<usize>(bytes);
  const length = bytes.byteLength;
  let text = '';
  for (let i = 0; i < length; i += 3) {
    const left = length - i;
    const word =
      ((<u32>load<u8>(from + i)) << 16) |
      (left > 1 ? (<u32>load<u8>(from + i + 1)) << 8 : 0) |
      (left > 2 ? <u32>load<u8>(from + i + 2) : 0);
    text += letter(word >> 18, url) + letter((word >> 12) & 63, url);
    if (left > 1) text += letter((word >> 6) & 63, url);
    else if (!url) text += '=';
    if (left > 2) text += letter(word & 63, url);
    else if (!url) text += '=';
  }
  return text;
}

function letter(value: u32, url: bool): string {
  if (url && value >= 62) return value == 62 ? '-' : '_';
  return 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.charAt(value);
}

/**
 * The bytes that a Base64 text stands for, of either alphabet, with or without padding; null when it is none.
 *
 *     const bytes = base64Decode('aGVsbG8');
 */
export function base64Decode(text: string): ArrayBuffer | null {
  let length = text.length;
  while (length > 0 && text.length - length < 2 && text.charCodeAt(length - 1) == 0x3d) length--;
  if (length % 4 == 1) return null;
  const bytes = new ArrayBuffer((length * 3) >> 2);
  const from = changetype<usize>(text);
  let to = changetype<usize>(bytes);
  let bits: u32 = 0;
  let bad: u32 = 0;
  let i = 0;
  // Four letters are three bytes; what is no letter is seen once, at the end.
  for (; i + 4 <= length; i += 4) {
    const at = from + (i << 1);
    const a = valueOf(load<u16>(at));
    const b = valueOf(load<u16>(at, 2));
    const c = valueOf(load<u16>(at, 4));
    const d = valueOf(load<u16>(at, 6));
    bad |= a | b | c | d;
    const value = (a << 18) | (b << 12) | (c << 6) | d;
    store<u8>(to, value >> 16);
    store<u8>(to + 1, value >> 8);
    store<u8>(to + 2, value);
    to += 3;
  }
  let count = 0;
  for (; i < length; i++) {
    const value = valueOf(load<u16>(from + (i << 1)));
    bad |= value;
    bits = (bits << 6) | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      store<u8>(to++, bits >> count);
    }
  }
  // What is left over must be zeros: else two texts would stand for the same bytes, which a signature must not allow.
  return bad >> 24 == 0 && (bits & ((1 << count) - 1)) == 0 ? bytes : null;
}

/** The six bits of a letter; of what is none, bits that none has. */
function valueOf(c: u32): u32 {
  // The sign of what is none fills the upper bits.
  return c < 0x80 ? <u32>(<i32>load<i8>(values() + c)) : 0xffff_ffff;
}

/** By ASCII code: the six bits of a letter, -1 of what is none. In a function: a table of the file would be in every module. */
// prettier-ignore
function values(): usize {
  return memory.data<i8>([
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, 62, -1, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
    -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, 63,
    -1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
  ]);
}
