import fc from 'fast-check';
import { expect, it } from 'vitest';
import { priorities } from './image-filter.ts';

const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'));

it('priorities fall strictly in chain order and fit an int32, whatever stands already', () => {
  const standing = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'x'),
    fc.integer({ min: 1, max: 5000 }),
  );
  fc.assert(
    fc.property(names, standing, fc.nat({ max: 499 }), (chain, before, offset) => {
      const placed = priorities(chain, new Map(Object.entries(before)), offset);
      const list = chain.map((name) => placed.get(name) ?? NaN);
      expect(list.every((p) => Number.isInteger(p) && p > 0 && p < 2 ** 31)).toBe(true);
      expect(list).toEqual([...new Set(list)].toSorted((a, b) => b - a));
    }),
  );
});

it('priorities that stand stay when a filter comes between or goes', () => {
  fc.assert(
    fc.property(names, fc.nat({ max: 5 }), (chain, at) => {
      const first = priorities(chain, new Map(), 7);
      const longer = [...chain.slice(0, at), 'new', ...chain.slice(at)];
      const second = priorities(longer, first, 7);
      for (const name of chain) expect(second.get(name)).toBe(first.get(name));
      expect(priorities(chain, second, 7)).toEqual(first);
    }),
  );
});
