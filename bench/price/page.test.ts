import { expect, test } from 'vitest';
import type { Load } from './load.ts';
import { crossingsOf } from './crossings.ts';
import { type Measured, crossingTable, pricePage, priceTable } from './page.ts';

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
    floor: [],
  },
  crossings: new Map([['rust', { callbacks: 7, hostCalls: 1 }]]),
};
const conditions = { envoy: '1.40.0', rounds: 3, roundsOfOthers: 3, seconds: 1 };

test('a ratio is taken within its round, so that a slow round is slow for both', () => {
  expect(priceTable([measured])).toContain(
    '| jwt (direct) | wasmcast | 44.0 (20.0 to 60.0) | 2.00 (2.00 to 2.20) | 1.00 (1.00 to 1.10) | 22727 |',
  );
});

test('who has no such filter has no row, and is not compared with', () => {
  expect(priceTable([measured]).filter((line) => line.includes('| solo |'))).toEqual([]);
  const both = { ...measured, loads: { ...measured.loads, solo: loads(30, 60, 90) } };
  expect(priceTable([both]).join('\n')).toContain('| jwt (direct) | solo | 60.0 (30.0 to 90.0) |');
  expect(pricePage([measured], conditions)).not.toMatch(/NaN|than by (solo|floor)/);
});

test('the page says where ours costs more, and where it does not', () => {
  expect(pricePage([measured], conditions)).toContain('cost at most what the others did');
  const dearer = { ...measured, loads: { ...measured.loads, wasmcast: loads(22, 44, 66) } };
  expect(pricePage([dearer], conditions)).toContain(
    'In the median ours cost more here: jwt (direct) than by rust, 1.10 (1.10 to 1.10). Where',
  );
});

test('who is compared in fewer rounds is compared in those', () => {
  const { loads: all } = measured;
  expect(priceTable([{ ...measured, loads: { ...all, go: loads(40) } }]).join('\n')).toContain(
    '| jwt (direct) | go | 40.0 (40.0 to 40.0) | 4.00 (4.00 to 4.00) | 2.00 (2.00 to 2.00) |',
  );
});

test('memory that the proxy asks for belongs to the host call', () => {
  const trace = `[host->vm] proxy_on_request_headers(2, 6, 1)
[vm->host] env.proxy_get_header_map_value(0, 1040, 6, 8, 12)
[host->vm] proxy_on_memory_allocate(5)
[host<-vm] proxy_on_memory_allocate return: 70000
[vm<-host] env.proxy_get_header_map_value return: 0
[host->vm] proxy_on_delete(2)`;
  expect(crossingsOf(trace)).toEqual({ callbacks: 2, hostCalls: 2 });
  expect(crossingTable([measured]).at(-1)).toBe('| jwt (direct) |  | 7 + 1 |  |  |  |');
});
