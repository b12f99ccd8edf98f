import { expect, test } from 'vitest';
import { compare, median, spread, spreadText } from './rounds.ts';

test('both sides run in turn, ABBA, and drift hits both the same', async () => {
  const order: string[] = [];
  let load = 1;
  const side = (name: string, cost: number) => ({
    name,
    run: async (): Promise<number> => {
      order.push(name);
      // The machine gets slower and slower.
      return cost * (load += 1);
    },
  });
  const { ratio, ratios } = await compare(side('a', 2), side('b', 1), { rounds: 5, runs: 4 });
  expect(order.join('')).toBe(`ab${'abbaabba'.repeat(5)}`);
  expect(ratios).toHaveLength(5);
  expect(ratio.median).toBeCloseTo(2, 1);
});

test('statistics', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  expect(spreadText(spread([3, 1, 2]))).toBe('2.0 (1.0 to 3.0)');
});
