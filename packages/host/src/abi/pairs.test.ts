import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePairs, encodePairs, maxPairsCount } from './pairs.ts';

const byteString = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const pairs = fc.array(fc.tuple(byteString, byteString), { maxLength: 20 }).map((list) => list.flat());

describe('pairs', () => {
  test('have the layout of the specification', () => {
    expect(encodePairs(['a', 'bc']).toString('hex')).toBe('0100000001000000020000006100626300');
  });

  test('come back as they were', () => {
    fc.assert(
      fc.property(pairs, (flat) => {
        const bytes = encodePairs(flat);
        expect(decodePairs(bytes, 0, bytes.length)).toEqual(flat);
      }),
    );
  });

  test('are none when anything is missing or left over', () => {
    const bytes = encodePairs(['key', 'value']);
    for (let size = 0; size < bytes.length; size++) expect(decodePairs(bytes, 0, size)).toEqual([]);
    const longer = Buffer.concat([bytes, Buffer.of(0)]);
    expect(decodePairs(longer, 0, longer.length)).toEqual([]);
  });

  test('of any bytes never fail', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(decodePairs(Buffer.from(bytes), 0, bytes.length).length % 2).toBe(0);
      }),
    );
  });

  test('are none when they are too many', () => {
    const flat = Array.from({ length: 2 * (maxPairsCount + 1) }, () => 'x');
    const bytes = encodePairs(flat);
    expect(decodePairs(bytes, 0, bytes.length)).toEqual([]);
  });
});
