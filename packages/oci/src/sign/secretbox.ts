import { timingSafeEqual } from 'node:crypto';

/*
 * NaCl's secretbox (XSalsa20 and Poly1305), in which cosign keeps private keys. Node has neither of both. Keys are a few
 * hundred bytes, so this is written to be read, not to be fast.
 */

const tagSize = 16;

/** Encrypts; `key` has 32 bytes, `nonce` 24 and is used once. The tag comes first. */
export function seal(message: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  const stream = xsalsa20(32 + message.length, nonce, key);
  const hidden = message.map((byte, index) => byte ^ (stream[32 + index] as number));
  return Buffer.concat([poly1305(hidden, stream.subarray(0, 32)), hidden]);
}

/** Decrypts what {@link seal} made; `undefined` if the key is wrong or a bit was changed. */
export function unseal(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  if (box.length < tagSize) return undefined;
  const hidden = box.subarray(tagSize);
  const stream = xsalsa20(32 + hidden.length, nonce, key);
  if (!timingSafeEqual(poly1305(hidden, stream.subarray(0, 32)), box.subarray(0, tagSize))) return undefined;
  return hidden.map((byte, index) => byte ^ (stream[32 + index] as number));
}

const sigma = words(Buffer.from('expand 32-byte k'));

/** Bernstein, "Extending the Salsa20 nonce": the first 16 bytes of the nonce make a key, the rest is Salsa20's nonce. */
function xsalsa20(length: number, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  const mixed = rounds(block(words(key), words(nonce.subarray(0, 16))));
  const subkey = Uint32Array.from([0, 5, 10, 15, 6, 7, 8, 9], (index) => mixed[index] as number);
  const tail = words(nonce.subarray(16, 24));
  const stream = new Uint8Array(Math.ceil(length / 64) * 64);
  for (let count = 0; count * 64 < length; count += 1) {
    const input = block(subkey, Uint32Array.of(tail[0] as number, tail[1] as number, count, 0));
    const output = rounds(input).map((word, index) => word + (input[index] as number));
    stream.set(new Uint8Array(output.buffer), count * 64);
  }
  return stream.subarray(0, length);
}

/** The 16 words that Salsa20 mixes: constants on the diagonal, the key around, the nonce (and counter) in the middle. */
function block(key: Uint32Array, middle: Uint32Array): Uint32Array {
  const result = new Uint32Array(16);
  for (const [index, word] of sigma.entries()) result[index * 5] = word;
  result.set(key.subarray(0, 4), 1);
  result.set(middle, 6);
  result.set(key.subarray(4, 8), 11);
  return result;
}

const columns = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
] as const;
const rows = [
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
] as const;

function rounds(input: Uint32Array): Uint32Array {
  const x = Uint32Array.from(input);
  const mix = (to: number, a: number, b: number, bits: number): void => {
    const sum = ((x[a] as number) + (x[b] as number)) | 0;
    x[to] = (x[to] as number) ^ ((sum << bits) | (sum >>> (32 - bits)));
  };
  for (let double = 0; double < 10; double += 1) {
    for (const [a, b, c, d] of [...columns, ...rows]) {
      mix(b, a, d, 7);
      mix(c, b, a, 9);
      mix(d, c, b, 13);
      mix(a, d, c, 18);
    }
  }
  return x;
}

function poly1305(message: Uint8Array, key: Uint8Array): Uint8Array {
  const clamp = 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  const prime = 2n ** 130n - 5n;
  const r = integer(key.subarray(0, 16)) & clamp;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const part = message.subarray(at, at + 16);
    sum = ((sum + integer(part) + 2n ** BigInt(8 * part.length)) * r) % prime;
  }
  const tag = (sum + integer(key.subarray(16, 32))) % 2n ** 128n;
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').toReversed();
}

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex') || '0'}`);
}

function words(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, true));
}
