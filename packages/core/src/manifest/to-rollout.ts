import { defaultGate } from '../model/default-gate.ts';
import type { GateCheck, GateSpec, RolloutPolicy, StatsCheck } from '../model/rollout-policy.ts';
import { parseDuration } from './duration.ts';
import { parseQuantity } from './quantity.ts';
import type { GateEntry } from './schema/gate-schema.ts';
import { type RolloutEntry, rolloutSchema } from './schema/rollout-schema.ts';
import { parseWave } from './wave-text.ts';

/** The policy of a manifest in which nothing is wrong; without `rollout` that of all defaults. */
export function toRollout(entry: RolloutEntry | undefined): RolloutPolicy {
  const { timeout, probe, waves, gates, maxRestarting, onFailure } = entry ?? rolloutSchema.parse({});
  return {
    timeoutMs: milliseconds(timeout),
    probe,
    waves: waves.map((wave) => checked(parseWave(wave))),
    gates: toGates(gates),
    maxRestarting,
    onFailure,
  };
}

function toGates(entry: RolloutEntry['gates']): readonly GateSpec[] {
  if (entry === 'none') return [];
  return entry.length === 0 ? [defaultGate] : entry.map(toGate);
}

function toGate(entry: GateEntry): GateSpec {
  const { name, interval, count, failureLimit } = entry;
  return { name, check: toCheck(entry), intervalMs: milliseconds(interval), count, failureLimit };
}

function toCheck({ stats, prometheus, http, webhook }: GateEntry): GateCheck {
  if (stats !== undefined) return toStats(stats);
  if (prometheus !== undefined) {
    const { url, query, min, max } = prometheus;
    return { kind: 'prometheus', url, query, min, max };
  }
  if (http !== undefined) return { kind: 'http', ...http };
  return { kind: 'webhook', ...checked(webhook) };
}

function toStats(entry: NonNullable<GateEntry['stats']>): StatsCheck {
  const { maxErrorRate, maxErrorRateIncrease, maxForbiddenRate, maxResponseFlags, ...others } = entry;
  const { maxP99Ms, maxP99Increase, maxMemoryGrowth, warmUp, ...counts } = others;
  return {
    kind: 'stats',
    ...counts,
    ...(maxErrorRate !== undefined && { maxErrorRate: share(maxErrorRate) }),
    ...(maxErrorRateIncrease !== undefined && { maxErrorRateIncrease: share(maxErrorRateIncrease) }),
    ...(maxForbiddenRate !== undefined && { maxForbiddenRate: share(maxForbiddenRate) }),
    ...(maxResponseFlags !== undefined && {
      maxResponseFlags: Object.fromEntries(
        Object.entries(maxResponseFlags).map(([flag, rate]) => [flag, share(rate)]),
      ),
    }),
    ...(maxP99Ms !== undefined && { maxP99Ms }),
    ...(maxP99Increase !== undefined && { maxP99Increase: share(maxP99Increase) }),
    ...(maxMemoryGrowth !== undefined && { maxMemoryGrowth: checked(parseQuantity(maxMemoryGrowth)) }),
    warmUpMs: milliseconds(warmUp),
  };
}

/** `0.5%` is 0.005. */
function share(percent: string): number {
  return Number.parseFloat(percent) / 100;
}

function milliseconds(text: string): number {
  return checked(parseDuration(text));
}

function checked<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a rollout that cannot be read passed the checks');
  return value;
}
