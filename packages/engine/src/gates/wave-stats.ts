import { type Clock, type InstanceStats, instanceKey, type StatsQuery, type Target } from '@wasmcast/core';

/** One reading of instances, by {@link instanceKey}. */
export type Snapshot = ReadonlyMap<string, InstanceStats>;

/** A reading, and its time. */
export interface Reading {
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
  readonly stats: Snapshot;
}

/** Reads every instance once. */
export async function takeSnapshot(
  target: Pick<Target, 'measure'>,
  queries: readonly StatsQuery[],
  signal: AbortSignal,
): Promise<Snapshot> {
  const all = new Map<string, InstanceStats>();
  for await (const stats of target.measure(queries, signal)) all.set(instanceKey(stats.instance), stats);
  return all;
}

/** A reading that is younger than so many milliseconds is as good as a new one. */
const sharedForMs = 500;

/** The readings of one wave: gates that want one at the same time get the same. */
export class WaveStats {
  readonly #take: (signal: AbortSignal) => Promise<Snapshot>;
  readonly #clock: Pick<Clock, 'now'>;
  #last: { endedAt: number; readonly reading: Promise<Reading> } | undefined;

  constructor(take: (signal: AbortSignal) => Promise<Snapshot>, clock: Pick<Clock, 'now'>) {
    this.#take = take;
    this.#clock = clock;
  }

  /** Joins the reading that is under way or has just been made. `signal` is that of all gates of the wave. */
  async read(signal: AbortSignal): Promise<Reading> {
    const at = this.#clock.now();
    if (this.#last === undefined || at - this.#last.endedAt >= sharedForMs) {
      const last = { endedAt: Infinity, reading: this.#readOnce(at, signal) };
      this.#last = last;
      const ended = (): void => {
        last.endedAt = this.#clock.now();
      };
      void last.reading.then(ended, ended);
    }
    return await this.#last.reading;
  }

  async #readOnce(at: number, signal: AbortSignal): Promise<Reading> {
    return { at, stats: await this.#take(signal) };
  }
}
