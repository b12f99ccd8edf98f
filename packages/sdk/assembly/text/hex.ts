/**
 * Bytes as lower-case hex.
 *
 *     const id = hex(sha256(bytes));
 */
export function hex(bytes: ArrayBuffer): string {
  let text = '';
  for (let i = 0; i < bytes.byteLength; i++) {
    const byte = load<u8>(changetype<usize>(bytes) + i);
    text += digit(byte >> 4) + digit(byte & 15);
  }
  return text;
}

function digit(value: u32): string {
  return String.fromCharCode(value < 10 ? 0x30 + value : 0x57 + value);
}
