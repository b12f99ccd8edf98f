import { describe, expect, test } from 'vitest';
import type { GateCheck, InstanceStats } from '@wasmcast/core';
import { workloadId } from '../../../core/src/testing/values.ts';
import { judgeQuery, queryUrl } from './prometheus.ts';
import { judgeStats, type Snapshot, snapshotKey } from './stats.ts';

type Counters = Omit<InstanceStats, 'instance'>;

/** A reading of one instance for each set of counters; `uid` tells a restarted one apart. */
function reading(...all: readonly (Counters & { uid?: string })[]): Snapshot {
  return new Map(
    all.map(({ uid = '1', ...counters }, i) => {
      const instance = { workload: workloadId(`w${i}`), name: `p${i}`, uid };
      const stats = { instance, vmFailures: 0, ...counters };
      return [snapshotKey(stats), stats];
    }),
  );
}

const check: Extract<GateCheck, { kind: 'stats' }> = {
  kind: 'stats',
  maxErrorRate: 0.01,
  maxP99Ms: 100,
  minRequests: 100,
};

describe('counters of proxies', () => {
  test.each<[string, Snapshot, Snapshot, string, RegExp]>([
    [
      'all instances together are judged, from the first reading on',
      reading({ requests: 1000, errors: 900 }, { requests: 0, errors: 0 }),
      reading({ requests: 1100, errors: 901, p99Ms: 20 }, { requests: 100, errors: 0, p99Ms: 80 }),
      'pass',
      /^1 of 200 requests ended in 5xx, p99 at most 80 ms$/,
    ],
    [
      'too many errors',
      reading({ requests: 0, errors: 0 }),
      reading({ requests: 100, errors: 2, p99Ms: 1 }),
      'fail',
      /^2 of 100 requests ended in 5xx, more than 1 %$/,
    ],
    [
      'too slow',
      reading({ requests: 0, errors: 0 }),
      reading({ requests: 100, errors: 1, p99Ms: 101 }),
      'fail',
      /p0: p99 is 101 ms, more than 100 ms$/,
    ],
    [
      'too few requests',
      reading({ requests: 50, errors: 0 }),
      reading({ requests: 149, errors: 0, p99Ms: 1 }),
      'inconclusive',
      /^99 of at least 100 requests$/,
    ],
    [
      'no latencies',
      reading({ requests: 0, errors: 0 }),
      reading({ requests: 100, errors: 0 }),
      'inconclusive',
      /no proxy shows/,
    ],
    [
      'one instance that shows nothing',
      reading({ requests: 0, errors: 0 }, {}),
      reading({ requests: 100, errors: 0, p99Ms: 1 }, { fault: 'not permitted' }),
      'inconclusive',
      /w1\/p1 does not show requests: not permitted/,
    ],
    [
      'one instance that does not show whether VMs died',
      reading({ requests: 0, errors: 0 }),
      reading({ requests: 100, errors: 0, p99Ms: 1, vmFailures: undefined as never }),
      'inconclusive',
      /does not show whether VMs of filters died/,
    ],
    [
      'one that was not readable when counting began: what it counted before is nobody knows what',
      reading({ requests: undefined as never, errors: undefined as never, vmFailures: undefined as never }),
      reading({ requests: 1_000_000, errors: 50, p99Ms: 1, vmFailures: 3 }),
      'inconclusive',
      /is counted from here/,
    ],
    [
      'a VM that died, whatever else',
      reading({ vmFailures: 1 }),
      reading({ requests: 1000, errors: 0, p99Ms: 1, vmFailures: 2 }),
      'fail',
      /the VM of a filter died/,
    ],
    [
      'a container that was started again',
      reading({ restarts: 0 }),
      reading({ restarts: 1 }),
      'fail',
      /started again/,
    ],
    [
      'counters that were reset count from zero',
      reading({ requests: 1000, errors: 1000 }),
      reading({ requests: 100, errors: 0, p99Ms: 1 }),
      'pass',
      /^0 of 100/,
    ],
    [
      'an instance that is new counts from zero',
      reading({ requests: 1000, errors: 1000 }),
      reading({ uid: '2', requests: 100, errors: 50, p99Ms: 1 }),
      'fail',
      /^50 of 100/,
    ],
    ['no instance at all', reading(), reading(), 'inconclusive', /^0 of at least 100/],
  ])('%s', (_what, before, now, outcome, says) => {
    const measurement = judgeStats(check, before, now);
    expect(measurement.outcome).toBe(outcome);
    expect(measurement.says).toMatch(says);
  });
});

describe('a Prometheus query', () => {
  const query: Extract<GateCheck, { kind: 'prometheus' }> = {
    kind: 'prometheus',
    url: 'http://prometheus:9090/base',
    query: 'sum(rate(errors[1m])) > 0',
    min: 1,
    max: 5,
  };
  const vector = (...values: unknown[]): string =>
    JSON.stringify({
      status: 'success',
      data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) },
    });

  test('is asked of the API below the base', () => {
    expect(queryUrl(query)).toBe(
      'http://prometheus:9090/base/api/v1/query?query=sum%28rate%28errors%5B1m%5D%29%29+%3E+0',
    );
  });

  test.each([
    ['1', 'pass'],
    ['5', 'pass'],
    ['0.9', 'fail'],
    ['5.1', 'fail'],
    ['NaN', 'inconclusive'],
    ['+Inf', 'inconclusive'],
    ['', 'inconclusive'],
  ])('that gives %s is a %s', (value, outcome) => {
    expect(judgeQuery(query, { status: 200, body: vector(value) }).outcome).toBe(outcome);
  });

  test('that gives nothing, or more than one number, decides nothing', () => {
    expect(judgeQuery(query, { status: 200, body: vector() }).outcome).toBe('inconclusive');
    expect(judgeQuery(query, { status: 200, body: vector('2', '3') }).outcome).toBe('inconclusive');
  });

  test('may give a scalar', () => {
    const body = JSON.stringify({ status: 'success', data: { resultType: 'scalar', result: [1, '2'] } });
    expect(judgeQuery(query, { status: 200, body })).toEqual({ outcome: 'pass', says: '2' });
  });

  test.each([
    [500, '{}'],
    [200, 'no JSON'],
    [200, '{"status":"error"}'],
    [200, vector(7)],
    [200, '{"status":"success","data":{"resultType":"matrix","result":[]}}'],
  ])('answered %s %s is no measurement', (status, body) => {
    expect(() => judgeQuery(query, { status, body })).toThrow(Error);
  });
});
