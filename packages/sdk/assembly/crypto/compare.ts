/**
 * Whether two byte strings are the same, in a time that tells nothing about where they differ: for signatures and keys.
 *
 *     if (!sameBytes(hmacSha256(key, body), sent)) ...
 */
export function sameBytes(a: ArrayBuffer, b: ArrayBuffer): bool {
  let difference: u32 = a.byteLength ^ b.byteLength;
  const shorter = min(a.byteLength, b.byteLength);
  for (let i: usize = 0; i < <usize>shorter; i++) {
    difference |= <u32>(load<u8>(changetype<usize>(a) + i) ^ load<u8>(changetype<usize>(b) + i));
  }
  return difference == 0;
}

/**
 * As `sameBytes`, of two texts.
 *
 *     if (!sameText(key, expected)) ...
 */
export function sameText(a: string, b: string): bool {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length && i < b.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference == 0;
}
