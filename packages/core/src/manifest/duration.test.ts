import { expect, test } from 'vitest';
import { durationPattern, parseDuration } from './duration.ts';

test.each([
  ['10m', 600_000],
  ['90s', 90_000],
  ['1h30m', 5_400_000],
  ['1h0m1s', 3_601_000],
  ['0s', 0],
  ['', undefined],
  ['10', undefined],
  ['m', undefined],
  ['30m1h', undefined],
  ['1.5h', undefined],
  ['-1m', undefined],
  ['10 m', undefined],
  ['9999999m', undefined],
])('%s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
  expect(new RegExp(durationPattern).test(text)).toBe(ms !== undefined);
});
