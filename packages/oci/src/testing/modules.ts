import { createHash } from 'node:crypto';

/** Bytes that pass as a module of `size` bytes: the header of one and then noise that is the same in every run. */
export function fakeModule(size: number, seed = 'module'): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  for (let at = 8; at < size; at += 32) {
    const noise = createHash('sha256').update(`${seed} ${at}`).digest();
    bytes.set(noise.subarray(0, Math.min(32, size - at)), at);
  }
  return bytes;
}
