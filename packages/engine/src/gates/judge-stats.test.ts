import { describe, expect, test } from 'vitest';
import {
  defaultGate,
  instanceKey,
  type InstanceStats,
  type StatsCheck,
  workloadAddress,
} from '@wasmcast/core';
import { workloadId } from '../../../core/src/testing/values.ts';
import type { Baseline } from './baseline.ts';
import { judgeStats } from './judge-stats.ts';
import { StatsHistory } from './stats-history.ts';
import type { Snapshot } from './wave-stats.ts';

type Counters = Omit<InstanceStats, 'instance'> & { uid?: string };

/** A proxy that shows everything, and nothing wrong. */
const fine = { requests: 0, errors: 0, denied: 0, vmFailures: 0, vmReloads: 0, restarts: 0, ready: true };

/** A reading of one instance for each set of counters; `uid` tells a new one of the same name apart. */
function reading(...all: readonly Counters[]): Snapshot {
  return new Map(
    all.map(({ uid = '1', ...counters }, i) => {
      const instance = { workload: workloadId(`w${i}`), name: `p${i}`, uid };
      const stats = { instance, ...counters };
      return [instanceKey(stats.instance), stats];
    }),
  );
}

const before = (stats: Snapshot): Baseline => ({
  stats,
  workloads: new Set([...stats.values()].map(({ instance }) => workloadAddress(instance.workload))),
});

const bounds: StatsCheck = {
  kind: 'stats',
  maxVmFailures: 0,
  maxVmReloads: 0,
  maxRestarts: 0,
  maxUnavailable: 0,
  warmUpMs: 0,
  minRequests: 0,
};
const rates: StatsCheck = { ...bounds, maxErrorRate: 0.01, maxP99Ms: 100, minRequests: 100 };
const byDefault = defaultGate.check as StatsCheck;

/** Judges the last of these readings, a second apart, as a gate would that saw the others pass. */
function judge(check: StatsCheck, readings: readonly Snapshot[], baseline?: Baseline) {
  const history = new StatsHistory(baseline, check.warmUpMs);
  const workloads = new Set(
    readings.flatMap((each) => [...each.values()].map(({ instance }) => workloadAddress(instance.workload))),
  );
  let found = judgeStats(check, [], { baseline, workloads, readyWithinMs: 60_000 });
  for (const [i, stats] of readings.entries()) {
    const watched = history.take({ at: i * 1000, stats });
    found = judgeStats(check, watched, { baseline, workloads, readyWithinMs: 60_000 });
  }
  return found;
}

describe('rates', () => {
  const p99Ms = 20;
  test.each<[string, readonly Snapshot[], string, RegExp]>([
    [
      'all instances together are judged, from the first reading on',
      [
        reading({ ...fine, requests: 1000, errors: 900 }, fine),
        reading(
          { ...fine, requests: 1100, errors: 901, p99Ms },
          { ...fine, requests: 100, errors: 0, p99Ms: 80 },
        ),
      ],
      'pass',
      /^1 of 200 requests ended in 5xx, p99 at most 80 ms$/,
    ],
    [
      'too many errors, and where most of them are',
      [
        reading(fine, fine),
        reading({ ...fine, requests: 50, p99Ms }, { ...fine, requests: 50, errors: 2, p99Ms }),
      ],
      'fail',
      /^2 of 100 requests ended in 5xx, more than 1 %, most of them on [^ ]*p1$/,
    ],
    [
      'too slow',
      [reading(fine), reading({ ...fine, requests: 100, errors: 1, p99Ms: 101 })],
      'fail',
      /p0: p99 is 101 ms, more than 100 ms$/,
    ],
    [
      'too few requests',
      [reading({ ...fine, requests: 50 }), reading({ ...fine, requests: 149, p99Ms })],
      'inconclusive',
      /^99 of at least 100 requests$/,
    ],
    ['no latencies', [reading(fine), reading({ ...fine, requests: 100 })], 'inconclusive', /no proxy shows/],
    [
      'one instance that shows nothing, although the others are fine',
      [
        reading(fine, { ready: true }),
        reading({ ...fine, requests: 100, p99Ms }, { ready: true, fault: 'not permitted' }),
      ],
      'inconclusive',
      /w1\/p1 does not show .*: not permitted/,
    ],
    [
      'what is wrong is wrong, whatever else is not known',
      [
        reading(fine, { ready: true }),
        reading({ ...fine, requests: 100, errors: 50, p99Ms }, { ready: true, fault: 'not permitted' }),
      ],
      'fail',
      /^50 of 100 requests/,
    ],
    [
      'one that was not readable when counting began: what it counted before is nobody knows what',
      [
        reading({ ...fine, requests: undefined as never, errors: undefined as never }),
        reading({ ...fine, requests: 1_000_000, errors: 50, p99Ms }),
      ],
      'inconclusive',
      /is counted from here/,
    ],
    [
      'counters that were reset count from zero',
      [reading({ ...fine, requests: 1000, errors: 1000 }), reading({ ...fine, requests: 100, p99Ms })],
      'pass',
      /^0 of 100/,
    ],
    [
      'an instance that is new counts from zero',
      [
        reading({ ...fine, requests: 1000, errors: 1000 }),
        reading({ ...fine, uid: '2', requests: 100, errors: 50, p99Ms }),
      ],
      'fail',
      /^50 of 100/,
    ],
    ['no instance at all', [reading(), reading()], 'inconclusive', /^0 of at least 100/],
  ])('%s', (_what, readings, outcome, says) => {
    const measurement = judge(rates, readings);
    expect(measurement).toMatchObject({ outcome, says: expect.stringMatching(says) as string });
  });

  test('of 403, and of response flags, need a proxy that shows them', () => {
    const check: StatsCheck = {
      ...bounds,
      maxForbiddenRate: 0.1,
      maxResponseFlags: { NFCF: 0 },
      minRequests: 1,
    };
    const flagged = (flags: Record<string, number> | undefined, denied?: number): Snapshot =>
      reading({
        ...fine,
        requests: 100,
        ...(flags !== undefined && { responseFlags: flags }),
        denied: denied ?? (undefined as never),
      });
    const first = reading({ ...fine, responseFlags: { UF: 3 } });
    expect(judge(check, [first, flagged({ UF: 9 }, 10)]).outcome).toBe('pass');
    expect(judge(check, [first, flagged({ UF: 9 }, 11)]).says).toMatch(/^11 of 100 requests ended in 403/);
    expect(judge(check, [first, flagged({ NFCF: 1 }, 0)]).says).toMatch(
      /^1 of 100 requests carried NFCF, more than 0 %/,
    );
    expect(judge(check, [first, flagged(undefined, 0)]).outcome).toBe('inconclusive');
    expect(judge(check, [first, flagged({})]).outcome).toBe('inconclusive');
  });
});

describe('instances', () => {
  test.each<[string, readonly Snapshot[], string, RegExp]>([
    [
      'whose VM died fail, whatever else',
      [
        reading({ ...fine, vmFailures: 1 }),
        reading({ ...fine, vmFailures: 2, requests: undefined as never }),
      ],
      'fail',
      /p0: the VM of a filter died$/,
    ],
    [
      'whose VM was made anew',
      [reading({ ...fine, vmReloads: 1 }), reading({ ...fine, vmReloads: 4 })],
      'fail',
      /made anew, 3 times on 1 of 1 instances/,
    ],
    [
      'whose container was started again',
      [reading(fine), reading({ ...fine, restarts: 1 })],
      'fail',
      /again/,
    ],
    [
      'that were ready and are not',
      [reading(fine), reading({ ...fine, ready: false })],
      'fail',
      /is not ready \(1 of 1/,
    ],
    [
      'that never were have their time',
      [reading(fine, { ...fine, ready: false }), reading(fine, { ...fine, ready: false })],
      'inconclusive',
      /p1 is not ready yet$/,
    ],
    [
      'that never were, and whose time is over',
      Array.from({ length: 61 }, () => reading({ ...fine, ready: false })),
      'fail',
      /is not ready/,
    ],
    [
      'that do not show whether VMs died',
      [reading(fine), reading({ ...fine, vmFailures: undefined as never, fault: 'its log was rotated' })],
      'inconclusive',
      /does not show whether VMs of filters died: its log was rotated/,
    ],
    ['that are fine', [reading(fine), reading(fine)], 'pass', /ready/],
  ])('%s', (_what, readings, outcome, says) => {
    expect(judge(bounds, readings)).toMatchObject({ outcome, says: expect.stringMatching(says) as string });
  });

  test('may die or be away as often as their bounds say', () => {
    const check = { ...bounds, maxVmFailures: 2, maxUnavailable: 1 };
    const first = reading(fine, fine);
    expect(
      judge(check, [first, reading({ ...fine, vmFailures: 2 }, { ...fine, ready: false })]).outcome,
    ).toBe('pass');
    expect(
      judge(check, [first, reading({ ...fine, vmFailures: 2 }, { ...fine, vmFailures: 1 })]).says,
    ).toMatch(/died, 3 times on 2 of 2/);
  });

  test('that only start are waited for: it is early', () => {
    const starting = { restarts: 0, ready: false, fault: 'its sidecar is Pending' };
    expect(judge(bounds, [reading(fine, starting), reading(fine, starting)])).toMatchObject({
      outcome: 'inconclusive',
      early: true,
    });
  });
});

describe('the baseline', () => {
  const old = before(reading({ ...fine, requests: 1000, errors: 20, vmFailures: 1, p99Ms: 50 }));

  test('says how many 5xx there were before', () => {
    const first = reading({ ...fine, requests: 1000, errors: 20, vmFailures: 1 });
    const now = (errors: number): Snapshot =>
      reading({ ...fine, requests: 1100, errors: 20 + errors, vmFailures: 1 });
    expect(judge(byDefault, [first, now(3)], old).outcome).toBe('pass');
    expect(judge(byDefault, [first, now(10)], old)).toMatchObject({
      outcome: 'fail',
      says: '10 of 100 requests ended in 5xx, more than 3 % (2 % before the wave)',
    });
    // Without one, what would be too much for the best of baselines decides nothing.
    expect(judge(byDefault, [first, now(1)]).outcome).toBe('pass');
    expect(judge(byDefault, [first, now(10)])).toMatchObject({
      outcome: 'inconclusive',
      says: expect.stringContaining('before the wave is not known') as string,
    });
  });

  test('is what deaths count from, on instances that were there', () => {
    const died = reading({ ...fine, requests: 1000, errors: 20, vmFailures: 2 });
    expect(judge(byDefault, [died], old).says).toMatch(/the VM of a filter died/);
    // One that the wave brought has nothing behind it.
    const brought = reading({ ...fine, uid: '2', vmFailures: 1 });
    expect(judge(byDefault, [brought], old).says).toMatch(/the VM of a filter died/);
  });

  test('says how long requests took', () => {
    const check = { ...bounds, maxP99Increase: 0.2 };
    const first = reading({ ...fine, requests: 1000, vmFailures: 1 });
    const now = (p99Ms: number): Snapshot => reading({ ...fine, requests: 1100, vmFailures: 1, p99Ms });
    expect(judge(check, [first, now(60)], old).outcome).toBe('pass');
    expect(judge(check, [first, now(61)], old).says).toMatch(
      /p99 is 61 ms, more than 20 % longer than the 50 ms before the wave$/,
    );
    expect(judge(check, [first, now(60)]).outcome).toBe('inconclusive');
  });
});

describe('the default gate', () => {
  test('demands no traffic, and does not take a few requests for a proof', () => {
    const few = (errors: number): Snapshot => reading({ ...fine, requests: 5, errors });
    const old = before(reading(fine));
    expect(judge(byDefault, [reading(fine), reading(fine)], old).outcome).toBe('pass');
    expect(judge(byDefault, [reading(fine), few(0)], old).outcome).toBe('pass');
    expect(judge(byDefault, [reading(fine), few(1)], old)).toMatchObject({
      outcome: 'inconclusive',
      says: expect.stringContaining('of too few to tell') as string,
    });
  });

  test('passes nobody whose proxy counts no requests', () => {
    const blind = { ...fine, requests: undefined as never, errors: undefined as never };
    expect(judge(byDefault, [reading(blind), reading(blind)]).outcome).toBe('inconclusive');
  });
});

describe('memory', () => {
  const check: StatsCheck = { ...bounds, warmUpMs: 2000, maxMemoryGrowth: 1024 * 1024 };
  const growing = (...mebibytes: readonly number[]): readonly Snapshot[] =>
    mebibytes.map((mib) => reading({ ...fine, memoryBytes: mib * 1024 * 1024 }));

  test('is a trend since the warm-up', () => {
    // 16 KiB a second are just short of a MiB a minute.
    expect(judge(check, growing(1, 50, 60, 60 + 1 / 64, 60 + 2 / 64))).toMatchObject({
      outcome: 'pass',
      says: 'memory +960 KiB a minute',
    });
    expect(judge(check, growing(1, 50, 60, 60.1, 60.2)).says).toMatch(
      /its memory grows by 6144 KiB a minute, more than 1024 KiB$/,
    );
  });

  test('is no trend yet, or not known', () => {
    expect(judge(check, growing(1, 50, 60, 60))).toMatchObject({ outcome: 'inconclusive', early: true });
    expect(judge(check, [reading(fine)]).says).toMatch(/does not show how much memory it has/);
  });
});
