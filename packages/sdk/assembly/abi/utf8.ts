/**
 * Strings are UTF-16 here and UTF-8 at the host. Both directions are total: what is malformed becomes U+FFFD, as in a
 * browser's TextDecoder, so that bytes from outside can neither trap nor run past their end.
 */

const REPLACEMENT: u32 = 0xfffd;

/** Room that is always there: staging a name and a value for the host must not cost an allocation per call. */
export const SCRATCH_SIZE: usize = 1024;
const scratch = memory.data(1024);

/** Address of `SCRATCH_SIZE` bytes that need no allocating, valid until the next call that stages. */
export function scratchSpace(): usize {
  return scratch;
}

/** Room for `bytes` bytes until the next call. The collector owns it: nothing may be allocated before its last use. */
export function reserve(bytes: usize): usize {
  return bytes <= SCRATCH_SIZE ? scratch : __new(bytes, idof<ArrayBuffer>());
}

// Strings are passed on as addresses from here: the compiler would have the collector's stack keep a reference per call, and who
// calls the SDK holds one already.

/** Number of UTF-16 units of the string at `text`. */
function unitsOf(text: usize): usize {
  return changetype<string>(text).length;
}

/** The most bytes that the string at `text` can take as UTF-8. */
export function utf8Bound(text: usize): usize {
  return unitsOf(text) * 3;
}

/** Writes the string at `text` and returns the address after it. The room must be `utf8Bound(text)`. */
export function writeUtf8(text: usize, to: usize): usize {
  return writeUnits(text, unitsOf(text), to);
}

/** Writes `units` UTF-16 units from `from`, three bytes of room for each. */
export function writeUnits(from: usize, units: usize, to: usize): usize {
  const end = from + (units << 1);
  while (from < end) {
    let c = <u32>load<u16>(from);
    from += 2;
    if (c < 0x80) {
      store<u8>(to++, c);
      continue;
    }
    if (c < 0x800) {
      store<u8>(to, (c >> 6) | 0xc0);
      store<u8>(to + 1, (c & 0x3f) | 0x80);
      to += 2;
      continue;
    }
    if ((c & 0xf800) == 0xd800) {
      const low: u32 = from < end ? <u32>load<u16>(from) : 0;
      if (c < 0xdc00 && (low & 0xfc00) == 0xdc00) {
        from += 2;
        c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
        store<u8>(to, (c >> 18) | 0xf0);
        store<u8>(to + 1, ((c >> 12) & 0x3f) | 0x80);
        store<u8>(to + 2, ((c >> 6) & 0x3f) | 0x80);
        store<u8>(to + 3, (c & 0x3f) | 0x80);
        to += 4;
        continue;
      }
      c = REPLACEMENT;
    }
    store<u8>(to, (c >> 12) | 0xe0);
    store<u8>(to + 1, ((c >> 6) & 0x3f) | 0x80);
    store<u8>(to + 2, (c & 0x3f) | 0x80);
    to += 3;
  }
  return to;
}

/** Four bytes as four units of 16 bits. */
function widen(bytes: u64): u64 {
  bytes = (bytes | (bytes << 16)) & 0x0000_ffff_0000_ffff;
  return (bytes | (bytes << 8)) & 0x00ff_00ff_00ff_00ff;
}

/** `text` as a new block of UTF-8. */
export function encodeUtf8(text: string): ArrayBuffer {
  const from = changetype<usize>(text);
  const block = new ArrayBuffer(<i32>utf8Bound(from));
  const end = writeUtf8(from, changetype<usize>(block));
  return block.slice(0, <i32>(end - changetype<usize>(block)));
}

/** The text of `length` bytes at `from`. */
export function readUtf8(from: usize, length: usize): string {
  const units = decode(from, length, 0);
  const text = changetype<string>(__new(units << 1, idof<string>()));
  decode(from, length, changetype<usize>(text));
  return text;
}

/** Decodes to `to` (or nowhere when 0) and returns the number of UTF-16 units. One U+FFFD per maximal ill-formed part. */
function decode(from: usize, length: usize, to: usize): usize {
  const end = from + length;
  let units: usize = 0;
  while (from < end) {
    // Four bytes of ASCII at once: most text is.
    while (from + 4 <= end && (load<u32>(from) & 0x8080_8080) == 0) {
      if (to) store<u64>(to + (units << 1), widen(load<u32>(from)));
      from += 4;
      units += 4;
    }
    if (from == end) break;
    const first = <u32>load<u8>(from++);
    let c = first;
    if (first >= 0x80) {
      // Table 3-7 of the Unicode Standard: how many bytes follow, and the range of the first of them.
      let more = 0;
      let low: u32 = 0x80;
      let high: u32 = 0xbf;
      if (first >= 0xc2 && first < 0xe0) {
        more = 1;
        c = first & 0x1f;
      } else if ((first & 0xf0) == 0xe0) {
        more = 2;
        c = first & 0x0f;
        if (first == 0xe0) low = 0xa0;
        else if (first == 0xed) high = 0x9f;
      } else if (first >= 0xf0 && first < 0xf5) {
        more = 3;
        c = first & 0x07;
        if (first == 0xf0) low = 0x90;
        else if (first == 0xf4) high = 0x8f;
      } else {
        c = REPLACEMENT;
      }
      while (more > 0) {
        const next: u32 = from < end ? <u32>load<u8>(from) : 0;
        if (next < low || next > high) {
          c = REPLACEMENT;
          break;
        }
        c = (c << 6) | (next & 0x3f);
        low = 0x80;
        high = 0xbf;
        from++;
        more--;
      }
    }
    if (c >= 0x10000) {
      if (to) {
        store<u16>(to + (units << 1), 0xd7c0 + (c >> 10));
        store<u16>(to + (units << 1) + 2, 0xdc00 | (c & 0x3ff));
      }
      units += 2;
    } else {
      if (to) store<u16>(to + (units << 1), c);
      units++;
    }
  }
  return units;
}
