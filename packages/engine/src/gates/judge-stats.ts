import type { StatsCheck } from '@wasmcast/core';
import { type Baseline, errorRateBefore, p99Before, workloadOf } from './baseline.ts';
import { type Finding, missing, whereOf } from './finding.ts';
import { judgeRates } from './judge-rates.ts';
import type { Measurement } from './measurement.ts';
import type { Watched } from './stats-history.ts';
import { growthPerMinute } from './trend.ts';

/** What a judgement of counters goes by. */
export interface StatsScope {
  readonly baseline: Baseline | undefined;
  /** Addresses of the workloads of the wave. */
  readonly workloads: ReadonlySet<string>;
  /** Milliseconds that an instance has to become ready. */
  readonly readyWithinMs: number;
}

/**
 * Judges all that the instances of a wave show. What is known to be wrong fails, also when something else is not known; what
 * a bound needs and nobody shows is inconclusive.
 */
export function judgeStats(check: StatsCheck, all: readonly Watched[], scope: StatsScope): Measurement {
  const findings: readonly Finding[] = [
    ...judgeDeaths(check, all),
    ...judgeReadiness(check, all, scope.readyWithinMs),
    ...judgeRates(check, all, errorRateBefore(scope.baseline, scope.workloads)),
    ...judgeLatency(check, all, scope.baseline),
    ...judgeMemory(check, all),
  ];
  for (const outcome of ['fail', 'inconclusive', 'early'] as const) {
    const says = findings.filter((finding) => finding.outcome === outcome).map((finding) => finding.says);
    if (says.length === 0) continue;
    return outcome === 'early'
      ? { outcome: 'inconclusive', says: shortList(says), early: true }
      : { outcome, says: shortList(says) };
  }
  const says = findings.map((finding) => finding.says);
  return {
    outcome: 'pass',
    says: says.length === 0 ? 'no VM died, and all instances are ready' : says.join(', '),
  };
}

function judgeDeaths(check: StatsCheck, all: readonly Watched[]): readonly Finding[] {
  const kinds = [
    ['vmFailures', check.maxVmFailures, 'the VM of a filter died', 'whether VMs of filters died'],
    [
      'vmReloads',
      check.maxVmReloads,
      'the VM of a filter was made anew',
      'whether VMs of filters were made anew',
    ],
    ['restarts', check.maxRestarts, 'a container was started again', 'whether containers were started again'],
  ] as const;
  return kinds.flatMap(([counter, max, what, unknown]): readonly Finding[] => {
    const hit = all.filter(({ growth }) => (growth[counter] ?? 0) > 0);
    const count = hit.reduce((sum, { growth }) => sum + (growth[counter] ?? 0), 0);
    const [first] = hit;
    if (first !== undefined && count > max) {
      const times = count === 1 ? '' : `, ${count} times on ${hit.length} of ${all.length} instances`;
      return [{ outcome: 'fail', says: `${whereOf(first)}: ${what}${times}` }];
    }
    return missing(all, unknown, ({ growth }) => growth[counter] !== undefined);
  });
}

/** One that starts has its time; one that was ready, or has used that up, must be. */
function judgeReadiness(
  { maxUnavailable }: StatsCheck,
  all: readonly Watched[],
  readyWithinMs: number,
): readonly Finding[] {
  const unready = all.filter(({ stats }) => stats.ready === false);
  const gone = unready.filter(({ settled, ageMs }) => settled || ageMs >= readyWithinMs);
  const [first] = gone;
  if (first !== undefined && gone.length > maxUnavailable)
    return [
      { outcome: 'fail', says: `${whereOf(first)} is not ready (${gone.length} of ${all.length} instances)` },
    ];
  const starting = unready.find((watched) => !gone.includes(watched));
  return starting === undefined
    ? missing(all, 'whether it is ready', ({ stats }) => stats.ready !== undefined)
    : [{ outcome: 'early', says: `${whereOf(starting)} is not ready yet` }];
}

function judgeLatency(
  { maxP99Ms, maxP99Increase, minRequests }: StatsCheck,
  all: readonly Watched[],
  baseline: Baseline | undefined,
): readonly Finding[] {
  if (maxP99Ms === undefined && maxP99Increase === undefined) return [];
  const requests = all.reduce((sum, { growth }) => sum + (growth.requests ?? 0), 0);
  const shown = all.flatMap((watched) =>
    watched.stats.p99Ms === undefined ? [] : [{ watched, ms: watched.stats.p99Ms }],
  );
  const [slowest] = shown.toSorted((a, b) => b.ms - a.ms);
  if (slowest === undefined)
    return minRequests === 0 && requests === 0
      ? []
      : [{ outcome: 'inconclusive', says: 'no proxy shows how long requests took' }];
  const p99 = `${whereOf(slowest.watched)}: p99 is ${slowest.ms} ms`;
  if (maxP99Ms !== undefined && slowest.ms > maxP99Ms)
    return [{ outcome: 'fail', says: `${p99}, more than ${maxP99Ms} ms` }];
  if (maxP99Increase !== undefined) {
    for (const { watched, ms } of shown) {
      const before = p99Before(baseline, workloadOf(watched.stats));
      const where = whereOf(watched);
      if (before === undefined)
        return [
          { outcome: 'inconclusive', says: `${where}: how long requests took before the wave is not known` },
        ];
      if (ms > before * (1 + maxP99Increase)) {
        const more = `more than ${Math.round(maxP99Increase * 100)} % longer than the ${before} ms before the wave`;
        return [{ outcome: 'fail', says: `${where}: p99 is ${ms} ms, ${more}` }];
      }
    }
  }
  return [{ outcome: 'pass', says: `p99 at most ${slowest.ms} ms` }];
}

function judgeMemory({ maxMemoryGrowth }: StatsCheck, all: readonly Watched[]): readonly Finding[] {
  if (maxMemoryGrowth === undefined) return [];
  const trends = all.flatMap((watched) => {
    const perMinute = growthPerMinute(watched.memory);
    return perMinute === undefined ? [] : [{ watched, perMinute }];
  });
  const [steepest] = trends.toSorted((a, b) => b.perMinute - a.perMinute);
  if (steepest !== undefined && steepest.perMinute > maxMemoryGrowth) {
    const grows = `its memory grows by ${kib(steepest.perMinute)} a minute, more than ${kib(maxMemoryGrowth)}`;
    return [{ outcome: 'fail', says: `${whereOf(steepest.watched)}: ${grows}` }];
  }
  const unknown = missing(all, 'how much memory it has', ({ stats }) => stats.memoryBytes !== undefined);
  if (unknown.length > 0) return unknown;
  if (trends.length < all.length) return [{ outcome: 'early', says: 'memory: too early for a trend' }];
  return steepest === undefined
    ? []
    : [{ outcome: 'pass', says: `memory +${kib(steepest.perMinute)} a minute` }];
}

/** Many instances fail for one reason: the first few name it. */
function shortList(says: readonly string[]): string {
  return says.slice(0, 3).join('; ');
}

function kib(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}
