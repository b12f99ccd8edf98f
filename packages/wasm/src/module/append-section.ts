/** The module with one more custom section at its end; the bytes before stay as they are. */
export function appendCustomSection(module: Uint8Array, name: string, payload: Uint8Array): Uint8Array {
  const nameBytes = new TextEncoder().encode(name);
  const nameLength = unsignedLeb(nameBytes.length);
  const content = nameLength.length + nameBytes.length + payload.length;
  return concat([module, [0], unsignedLeb(content), nameLength, nameBytes, payload]);
}

/** An unsigned integer below 2^32 as LEB128. */
export function unsignedLeb(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

function concat(parts: readonly (ArrayLike<number> & Iterable<number>)[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
