import { expect, test } from 'vitest';
import type { Load } from './load.ts';
import { type Measured, pricePage, priceTable } from './page.ts';

const loads = (...microseconds: readonly number[]): readonly Load[] =>
  microseconds.map((each) => ({ microseconds: each, requestsPerSecond: 1e6 / each }));

const measured: Measured = {
  title: 'jwt (direct)',
  loads: {
    none: loads(10, 20, 30),
    wasmcast: loads(20, 44, 60),
    rust: loads(20, 40, 60),
    go: loads(40, 80, 90),
    solo: [],
  },
};
const conditions = { envoy: '1.40.0', rounds: 3, seconds: 1 };

test('a ratio is taken within its round, so that a slow round is slow for both', () => {
  expect(priceTable([measured])).toContain(
    '| jwt (direct) | wasmcast | 44.0 (20.0 to 60.0) | 2.00 (2.00 to 2.20) | 1.00 (1.00 to 1.10) | 22727 |',
  );
});

test('who has no such filter has no row, and is not compared with', () => {
  expect(priceTable([measured]).filter((line) => line.includes('| solo |'))).toEqual([]);
  const both = { ...measured, loads: { ...measured.loads, solo: loads(30, 60, 90) } };
  expect(priceTable([both]).join('\n')).toContain('| jwt (direct) | solo | 60.0 (30.0 to 90.0) |');
  expect(pricePage([measured], conditions)).not.toMatch(/NaN|than by solo/);
});

test('the page says where ours costs more, and where it does not', () => {
  expect(pricePage([measured], conditions)).toContain('cost at most what the others did');
  const dearer = { ...measured, loads: { ...measured.loads, wasmcast: loads(22, 44, 66) } };
  expect(pricePage([dearer], conditions)).toContain(
    'In the median ours cost more here: jwt (direct) than by rust (1.10).',
  );
});
