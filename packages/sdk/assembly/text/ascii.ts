/**
 * Whether two texts are the same but for the case of A to Z, as names of headers and schemes are. (`toLowerCase` knows all of Unicode,
 * which takes ten kilobytes of tables.)
 *
 *     if (equalsIgnoringCase(scheme, 'bearer')) ...
 */
export function equalsIgnoringCase(a: string, b: string): bool {
  if (a.length != b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (lower(a.charCodeAt(i)) != lower(b.charCodeAt(i))) return false;
  }
  return true;
}

/** As `text.indexOf` of one character, which the library looks for as for a text: -1 when it is not there from `start` on. */
export function indexOfUnit(text: string, unit: u32, start: i32 = 0): i32 {
  const at = changetype<usize>(text);
  for (let i = start; i < text.length; i++) {
    if (load<u16>(at + ((<usize>i) << 1)) == unit) return i;
  }
  return -1;
}

function lower(c: i32): i32 {
  return c >= 0x41 && c <= 0x5a ? c | 0x20 : c;
}
