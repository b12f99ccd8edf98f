import { encodeUtf8, readUtf8 } from '../abi/utf8';

/**
 * `%xx` decoded as UTF-8; a `%` that no two hex digits follow stays. With `form`, `+` is a space.
 *
 *     percentDecode('a%20b') == 'a b'
 */
export function percentDecode(text: string, form: bool = false): string {
  if (!text.includes('%') && !(form && text.includes('+'))) return text;
  const bytes = encodeUtf8(text);
  const from = changetype<usize>(bytes);
  const end = from + bytes.byteLength;
  let to = from;
  for (let at = from; at < end; at++) {
    let c = <i32>load<u8>(at);
    if (form && c == 0x2b) c = 0x20;
    if (c == 0x25 && at + 2 < end) {
      const high = hexValue(load<u8>(at + 1));
      const low = hexValue(load<u8>(at + 2));
      if (high >= 0 && low >= 0) {
        c = (high << 4) | low;
        at += 2;
      }
    }
    store<u8>(to++, c);
  }
  return readUtf8(from, to - from);
}

function hexValue(c: i32): i32 {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const letter = c | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
