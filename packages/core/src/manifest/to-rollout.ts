import type { GateCheck, GateSpec, RolloutPolicy } from '../model/rollout-policy.ts';
import { parseDuration } from './duration.ts';
import { type GateEntry, type RolloutEntry, rolloutSchema } from './schema/rollout-schema.ts';
import { parseWave } from './wave-text.ts';

/** The policy of a manifest in which nothing is wrong; without `rollout` that of all defaults. */
export function toRollout(entry: RolloutEntry | undefined): RolloutPolicy {
  const { timeout, probe, waves, gates, maxRestarting, onFailure } = entry ?? rolloutSchema.parse({});
  return {
    timeoutMs: milliseconds(timeout),
    probe,
    waves: waves.map((wave) => checked(parseWave(wave))),
    gates: gates.map(toGate),
    maxRestarting,
    onFailure,
  };
}

function toGate(entry: GateEntry): GateSpec {
  const { name, interval, count, failureLimit } = entry;
  return { name, check: toCheck(entry), intervalMs: milliseconds(interval), count, failureLimit };
}

function toCheck({ stats, prometheus, http, webhook }: GateEntry): GateCheck {
  if (stats !== undefined) {
    const { maxErrorRate, maxP99Ms, minRequests } = stats;
    const rate = maxErrorRate === undefined ? undefined : Number.parseFloat(maxErrorRate) / 100;
    return { kind: 'stats', maxErrorRate: rate, maxP99Ms, minRequests };
  }
  if (prometheus !== undefined) {
    const { url, query, min, max } = prometheus;
    return { kind: 'prometheus', url, query, min, max };
  }
  if (http !== undefined) return { kind: 'http', ...http };
  return { kind: 'webhook', ...checked(webhook) };
}

function milliseconds(text: string): number {
  return checked(parseDuration(text));
}

function checked<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a rollout that cannot be read passed the checks');
  return value;
}
