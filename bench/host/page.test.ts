import { expect, test } from 'vitest';
import { hostPage, hostTable, planeTable } from './page.ts';

const series = (ours: number, wazero: number) => ({ ours: [ours, ours], wazero: [wazero, wazero] });
const figures = {
  request: series(2000, 1000),
  get: series(100, 300),
  set: series(200, 100),
  isolated: series(10_000, 60_000),
  guarded: series(50_000, 60_000),
  fresh: series(10_000, 5_000),
};
const load = (requestsPerSecond: number) => [{ microseconds: 1e6 / requestsPerSecond, requestsPerSecond }];
const plane = {
  envoy: load(1000),
  'envoy with filter': load(900),
  wasmcast: load(500),
  'wasmcast with filter': load(480),
};

test('ratios are the other side’s time over ours, and those of the same kind of proxy', () => {
  const [, , request, get] = hostTable(figures);
  expect([request, get]).toEqual([
    expect.stringContaining('| 2000 (2000 to 2000) ns | 1000 (1000 to 1000) ns | 0.50'),
    expect.stringContaining('| 3.00'),
  ]);
  expect(planeTable(plane).at(-1)).toContain('| 480 (480 to 480) | 0.53 (0.53 to 0.53) | 0.96');
});

test('goals are met and missed by the figures', () => {
  const page = hostPage(figures, plane, { rounds: 2, envoy: '1', node: '2' });
  const [, met, missed] = /Goals met: (.*)\. Goals missed: (.*)\.\n/.exec(page) ?? [];
  expect(met?.split('; ')).toEqual([
    '150 ns for a header read',
    'a fifth of the time of the harness for a test case',
    'half of Envoy’s requests a second',
    'a filter that costs no larger a share than in Envoy',
  ]);
  expect(missed?.split('; ')).toHaveLength(3);
});
