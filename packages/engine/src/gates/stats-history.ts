import { type InstanceStats, instanceKey } from '@wasmcast/core';
import type { Baseline } from './baseline.ts';
import type { Sample } from './trend.ts';
import type { Reading } from './wave-stats.ts';

const counters = ['requests', 'errors', 'denied', 'vmFailures', 'vmReloads', 'restarts'] as const;
type Counter = (typeof counters)[number];

/** Samples of its memory that are kept of an instance; beyond that every second one goes. */
const maxSamples = 1024;

/** An instance as a gate sees it now, against what it saw before. */
export interface Watched {
  readonly stats: InstanceStats;
  /** Milliseconds since the gate first saw it. */
  readonly ageMs: number;
  /** It has been ready, with its counters readable. */
  readonly settled: boolean;
  /** Some counter is shown for the first time: by how much it grew is not known yet. */
  readonly isFresh: boolean;
  /** By how much a counter grew; undefined if that is not known. */
  readonly growth: Readonly<Partial<Record<Counter, number>>>;
  /** By how much each response flag grew; undefined if the proxy does not show flags. */
  readonly flags: Readonly<Record<string, number>> | undefined;
  /** Its memory since its warm-up. */
  readonly memory: readonly Sample[];
}

interface Track {
  readonly firstAt: number;
  /** What growth is counted from; all zero for an instance that began with the wave. */
  from: InstanceStats;
  settled: boolean;
  memory: Sample[];
}

/**
 * What a gate knows of the instances of its wave. Deaths and restarts are counted since before the wave; requests since it
 * was live, or since they were last judged. An instance that the wave brought counts from zero.
 */
export class StatsHistory {
  readonly #baseline: Baseline | undefined;
  readonly #warmUpMs: number;
  readonly #tracks = new Map<string, Track>();
  #isFirst = true;

  constructor(baseline: Baseline | undefined, warmUpMs: number) {
    this.#baseline = baseline;
    this.#warmUpMs = warmUpMs;
  }

  /** Takes a reading in. */
  take({ at, stats }: Reading): readonly Watched[] {
    const watched = [...stats.values()].map((now) => {
      const track = this.#trackOf(now, at);
      return this.#watch(track, now, at);
    });
    this.#isFirst = false;
    return watched;
  }

  /** The requests of this reading have been judged: the next judgement is of those that come after it. */
  beginWindow({ stats }: Reading): void {
    for (const [key, now] of stats) {
      const track = this.#tracks.get(key);
      if (track !== undefined) track.from = { ...track.from, ...requestsOf(now) };
    }
  }

  #trackOf(now: InstanceStats, at: number): Track {
    const key = instanceKey(now.instance);
    const known = this.#tracks.get(key);
    if (known !== undefined) return known;
    const before = this.#baseline?.stats.get(key);
    // Who is there from the start without a baseline to say since when may be as old as can be.
    const isOld = before !== undefined || (this.#isFirst && this.#baseline === undefined);
    const zero = Object.fromEntries(counters.map((counter) => [counter, 0]));
    const from: InstanceStats = isOld
      ? { ...now, ...deathsOf(before ?? now) }
      : { instance: now.instance, ...zero, responseFlags: {} };
    const track = { firstAt: at, from, settled: false, memory: [] };
    this.#tracks.set(key, track);
    return track;
  }

  #watch(track: Track, now: InstanceStats, at: number): Watched {
    const growth: Partial<Record<Counter, number>> = {};
    let isFresh = false;
    for (const counter of counters) {
      const value = now[counter];
      const from = track.from[counter];
      // One that was not shown before is counted from here: what it was cannot be told from what came since.
      if (value !== undefined && from !== undefined) growth[counter] = grown(value, from);
      else if (value !== undefined) {
        isFresh = true;
        track.from = { ...track.from, [counter]: value };
      }
    }
    track.settled ||= now.ready === true && now.fault === undefined;
    const ageMs = at - track.firstAt;
    if (now.memoryBytes !== undefined && ageMs >= this.#warmUpMs) {
      if (track.memory.length >= maxSamples) track.memory = track.memory.filter((_, i) => i % 2 === 0);
      track.memory.push({ at, value: now.memoryBytes });
    }
    const { settled, memory } = track;
    return { stats: now, ageMs, settled, isFresh, growth, flags: flagsOf(now, track.from), memory };
  }
}

function requestsOf({ requests, errors, denied, responseFlags }: InstanceStats): Partial<InstanceStats> {
  return {
    ...(requests !== undefined && { requests }),
    ...(errors !== undefined && { errors }),
    ...(denied !== undefined && { denied }),
    ...(responseFlags !== undefined && { responseFlags }),
  };
}

function deathsOf({ vmFailures, vmReloads, restarts }: InstanceStats): Partial<InstanceStats> {
  return {
    ...(vmFailures !== undefined && { vmFailures }),
    ...(vmReloads !== undefined && { vmReloads }),
    ...(restarts !== undefined && { restarts }),
  };
}

function flagsOf(now: InstanceStats, from: InstanceStats): Readonly<Record<string, number>> | undefined {
  if (now.responseFlags === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(now.responseFlags).map(([flag, value]) => [
      flag,
      grown(value, from.responseFlags?.[flag] ?? 0),
    ]),
  );
}

/** By how much a counter grew; one that is smaller than before was reset with its proxy. */
function grown(now: number, before: number): number {
  return now < before ? now : now - before;
}
