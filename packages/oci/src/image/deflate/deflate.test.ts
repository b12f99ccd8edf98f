import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../remote/manifests.ts';
import { fakeModule } from '../../testing/modules.ts';
import { Deflate } from './deflate.ts';
import { prefixCode } from './huffman.ts';

function deflate(bytes: Uint8Array, step = bytes.length): Uint8Array {
  const packer = new Deflate();
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step)
    for (const piece of packer.write(bytes.subarray(at, at + step))) out.push(Buffer.from(piece));
  for (const piece of packer.end()) out.push(Buffer.from(piece));
  return Buffer.concat(out);
}

describe('deflate', () => {
  const survives = (bytes: Uint8Array): boolean =>
    Buffer.compare(inflateRawSync(deflate(bytes)), bytes) === 0;

  test('is undone by zlib: nothing, noise, runs, far repetitions, more than one block', () => {
    const noise = fakeModule(40_000);
    const samples = [
      new Uint8Array(),
      Buffer.from('a'),
      Buffer.from('aaa'),
      new Uint8Array(1_000_000),
      noise,
      Buffer.concat([noise, noise.subarray(0, 32_768), noise]),
      Buffer.from('abcdefgh'.repeat(20_000)),
      Uint8Array.from({ length: 256 }, (_, at) => at),
      Buffer.concat([noise, Buffer.from('abcdefgh'.repeat(20_000)), fakeModule(200_000)]),
    ];
    expect(samples.map(survives)).toEqual(samples.map(() => true));
  });

  test('is undone by zlib for anything', () => {
    const words = fc.array(fc.constantFrom('ab', 'abc', 'x', '\0\0\0\0\0\0', 'local.get'), {
      maxLength: 400,
    });
    const all = (): void => {
      fc.assert(fc.property(words, (parts) => survives(Buffer.from(parts.join('')))));
      fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), survives));
    };
    expect(all).not.toThrow();
  });

  test('gives the same bytes for ever: the digests of published images depend on it', () => {
    const text = Buffer.from(
      Array.from({ length: 5000 }, (_, at) => `call ${at % 37} local.get ${at % 11};`).join(''),
    );
    expect(sha256(deflate(text))).toBe('1a9af071137e1408dd8ad79194f137bee58cc4d18b7af99be47a2754e654fe6b');
    expect(sha256(deflate(fakeModule(70_000)))).toBe(
      '49b948d4b095b5922fc9a634b0c6cdf8a1d657a2a4880cc23e4cd94da6b4556a',
    );
  });

  test('gives the same bytes however they are cut into pieces', () => {
    const noise = fakeModule(300_000);
    const all = Buffer.concat([noise, Buffer.alloc(3_000_000, 'xy'), noise, fakeModule(700_000, 'more')]);
    for (const step of [999, 65_536, 1_000_000])
      expect(sha256(deflate(all, step))).toBe(sha256(deflate(all)));
  });

  test('stores what cannot be made smaller', () => {
    const noise = fakeModule(1_000_000);
    expect(deflate(noise).length).toBeLessThan(noise.length + 400);
  });

  test('is about as small as zlib for a real module', () => {
    const require = createRequire(import.meta.url);
    const path = require.resolve('undici/lib/llhttp/llhttp-wasm.js');
    const base64 = /'([A-Za-z0-9+/=]{1000,})'/.exec(readFileSync(path, 'utf8'))?.[1];
    const wasm = Buffer.from(base64 ?? '', 'base64');
    expect(wasm.length).toBeGreaterThan(10_000);
    expect(survives(wasm)).toBe(true);
    expect(deflate(wasm).length).toBeLessThan(deflateRawSync(wasm, { level: 9 }).length * 1.05);
  });

  test('keeps its codes within the limit when frequencies grow like Fibonacci’s', () => {
    const frequencies = new Uint32Array(40);
    frequencies.set([1, 1]);
    for (let at = 2; at < 40; at += 1)
      frequencies[at] = (frequencies[at - 1] as number) + (frequencies[at - 2] as number);
    const { lengths } = prefixCode(frequencies, 15);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(15);
    // Kraft: a complete code.
    expect(lengths.reduce((sum, length) => sum + 2 ** -length, 0)).toBe(1);
  });
});
