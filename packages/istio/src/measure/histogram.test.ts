import { describe, expect, it } from 'vitest';
import { growthOf, quantileOf, RecentValues, sumOf } from './histogram.ts';

const histogram = (...counts: readonly number[]): ReadonlyMap<number, number> =>
  new Map([1, 10, 100, Infinity].map((bound, i) => [bound, counts[i] ?? 0]));

describe('a histogram', () => {
  it('gives quantiles between its bounds', () => {
    expect(quantileOf(histogram(50, 100, 100, 100), 0.5)).toBe(1);
    expect(quantileOf(histogram(50, 100, 100, 100), 0.99)).toBeCloseTo(9.82);
    expect(quantileOf(histogram(0, 0, 10, 10), 0.99)).toBeCloseTo(99.1);
    expect(quantileOf(histogram(0, 0, 0, 10), 0.99)).toBe(100);
    expect(quantileOf(histogram(0, 0, 0, 0), 0.99)).toBeUndefined();
    expect(quantileOf(new Map(), 0.99)).toBeUndefined();
  });

  it('is added to others, and compared with an earlier one', () => {
    expect(sumOf([histogram(1, 2, 3, 4), histogram(0, 1, 1, 2), new Map()])).toEqual(histogram(1, 3, 4, 6));
    expect(growthOf(histogram(1, 3, 4, 6), histogram(1, 2, 3, 4))).toEqual(histogram(0, 1, 1, 2));
    expect(growthOf(histogram(0, 1, 1, 1), histogram(1, 2, 3, 4))).toEqual(histogram(0, 1, 1, 1));
  });
});

it('what is recent goes back a minute, and to the first reading at most', () => {
  const recent = new RecentValues();
  const p99 = (at: number, ...counts: readonly number[]) => recent.quantile(histogram(...counts), 0.99, at);
  expect(p99(0, 0, 0, 1000, 1000)).toBeCloseTo(99.1);
  expect(p99(100, 0, 0, 1000, 1000)).toBeUndefined();
  expect(p99(30_000, 100, 100, 1100, 1100)).toBeCloseTo(0.99);
  expect(p99(60_000, 100, 200, 1200, 1200)).toBeCloseTo(9.82);
  // A minute after 30 s: only what came since then.
  expect(p99(90_000, 100, 200, 1200, 1200)).toBeCloseTo(9.91);
  expect(p99(150_000, 100, 200, 1200, 1200)).toBeUndefined();
  // The proxy was started again.
  expect(p99(160_000, 10, 10, 10, 10)).toBeCloseTo(0.99);
});
