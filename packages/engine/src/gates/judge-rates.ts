import type { StatsCheck } from '@wasmcast/core';
import { type Finding, missing, whereOf } from './finding.ts';
import type { Watched } from './stats-history.ts';

/** Where no traffic is demanded, a rate over fewer requests than this is no proof that something is wrong. */
const few = 20;

interface Bound {
  /** `ended in 5xx` */
  readonly what: string;
  readonly max: number;
  /** `0.2 % before the wave` */
  readonly note?: string;
  readonly of: (watched: Watched) => number | undefined;
}

/** Judges shares of requests, over all instances together. `before`: the share of 5xx before the wave, if it is known. */
export function judgeRates(
  check: StatsCheck,
  all: readonly Watched[],
  before: number | undefined,
): readonly Finding[] {
  const bounds = boundsOf(check, before);
  if (bounds.length === 0 && check.maxP99Ms === undefined && check.maxP99Increase === undefined)
    if (check.minRequests === 0) return [];
  const requests = total(all, ({ growth }) => growth.requests);
  const isKnown = (watched: Watched): boolean =>
    watched.growth.requests !== undefined && bounds.every((bound) => bound.of(watched) !== undefined);
  const broken = bounds.flatMap((bound) => judgeBound(bound, all, requests, check.minRequests));
  const wrong = broken.filter(({ outcome }) => outcome === 'fail');
  if (wrong.length > 0) return wrong;
  const unknown = missing(all, 'requests', isKnown);
  if (unknown.length > 0) return unknown;
  if (requests < check.minRequests)
    return [{ outcome: 'inconclusive', says: `${requests} of at least ${check.minRequests} requests` }];
  if (broken.length > 0) return broken;
  if (check.maxErrorRateIncrease !== undefined && before === undefined) {
    const share = total(all, ({ growth }) => growth.errors) / Math.max(1, requests);
    // Within the bound whatever it was before; otherwise nobody can tell.
    if (share > check.maxErrorRateIncrease)
      return [
        {
          outcome: 'inconclusive',
          says: `${percent(share)} of ${requests} requests ended in 5xx, and how many did before the wave is not known`,
        },
      ];
  }
  const errors = total(all, ({ growth }) => growth.errors);
  return [{ outcome: 'pass', says: `${errors} of ${requests} requests ended in 5xx` }];
}

function boundsOf(check: StatsCheck, before: number | undefined): readonly Bound[] {
  const { maxErrorRate, maxErrorRateIncrease, maxForbiddenRate, maxResponseFlags = {} } = check;
  const errors = { what: 'ended in 5xx', of: ({ growth }: Watched) => growth.errors };
  return [
    ...(maxErrorRate === undefined ? [] : [{ ...errors, max: maxErrorRate }]),
    ...(maxErrorRateIncrease === undefined
      ? []
      : [
          before === undefined
            ? { ...errors, max: 1 }
            : { ...errors, max: before + maxErrorRateIncrease, note: `${percent(before)} before the wave` },
        ]),
    ...(maxForbiddenRate === undefined
      ? []
      : [{ what: 'ended in 403', max: maxForbiddenRate, of: ({ growth }: Watched) => growth.denied }]),
    ...Object.entries(maxResponseFlags).map(([flag, max]) => ({
      what: `carried ${flag}`,
      max,
      of: ({ flags }: Watched) => flags && (flags[flag] ?? 0),
    })),
  ];
}

function judgeBound(
  { what, max, note, of }: Bound,
  all: readonly Watched[],
  requests: number,
  minRequests: number,
): readonly Finding[] {
  const count = total(all, of);
  if (requests === 0 || requests < minRequests || count / requests <= max) return [];
  const [worst] = all.toSorted((a, b) => (of(b) ?? 0) - (of(a) ?? 0));
  const where = worst === undefined || all.length === 1 ? '' : `, most of them on ${whereOf(worst)}`;
  const than = `more than ${percent(max)}${note === undefined ? '' : ` (${note})`}`;
  const says = `${count} of ${requests} requests ${what}, ${than}${where}`;
  return minRequests === 0 && requests < few
    ? [{ outcome: 'inconclusive', says: `${says}, of too few to tell` }]
    : [{ outcome: 'fail', says }];
}

function total(all: readonly Watched[], of: (watched: Watched) => number | undefined): number {
  return all.reduce((sum, watched) => sum + (of(watched) ?? 0), 0);
}

/** `0.5 %` of 0.005. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(3))} %`;
}
