import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StringCache } from './string-cache.ts';

test('what is read is what stands there, whatever was read before', () => {
  const cache = new StringCache();
  const text = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 50 }), (texts) => {
      for (const bytes of [...texts, ...texts]) {
        const memory = Buffer.from([1, ...bytes, 2]);
        expect(cache.read(memory, 1, 1 + bytes.length)).toBe(Buffer.from(bytes).toString('latin1'));
      }
    }),
  );
});

test('strings that fall on the same place do not take each other’s', () => {
  const cache = new StringCache();
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 5000; i++) {
      const memory = Buffer.from(`header-${i}`);
      expect(cache.read(memory, 0, memory.length)).toBe(`header-${i}`);
    }
  }
});
