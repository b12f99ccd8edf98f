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
  if (c >= 0x61 && c <= 0x7a) return c - 0x61 + 26;
  if (c >= 0x41 && c <= 0x5a) return c - 0x41;
  if (c >= 0x30 && c <= 0x39) return c - 0x30 + 52;
  if (c == 0x2b || c == 0x2d) return 62;
  return c == 0x2f || c == 0x5f ? 63 : 0xff00_0000;
}
