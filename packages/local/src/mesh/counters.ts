import type { RunningPlugin } from './filter-runtime.ts';

/** Durations that are kept at most, and for how many milliseconds. */
const maxDurations = 1024;
const keptMs = 60_000;

/** What a service counted since it started. */
export interface Counts {
  /** Requests that were answered. */
  readonly requests: number;
  /** Of these, with 5xx, or broken off in the middle. */
  readonly errors: number;
  /** Of these, with 403. */
  readonly denied: number;
  /** Milliseconds that 99 of 100 of the last minute's requests took at most, if there were any. */
  readonly p99Ms?: number;
  /** Filters' VMs that died. */
  readonly vmFailures: number;
  /** Filters' VMs that were made anew after that. */
  readonly vmReloads: number;
}

/** How an exchange ended: with the status of its answer, cut off by us, or left by its client before there was an answer. */
export type ExchangeEnd = number | 'broken-off' | 'left';

/** Counts the exchanges of one service, and the deaths of the VMs of its filters. */
export class Counters {
  readonly #now: () => number;
  #requests = 0;
  #errors = 0;
  #denied = 0;
  #vmFailures = 0;
  #vmReloads = 0;
  /** The newest durations in a ring, and when each was measured. */
  readonly #durations = new Float64Array(maxDurations);
  readonly #measuredAt = new Float64Array(maxDurations).fill(-Infinity);
  #next = 0;
  readonly #dead = new WeakSet<RunningPlugin>();

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** An exchange is over that took `ms` milliseconds. */
  ended(end: ExchangeEnd, ms: number): void {
    if (end === 'left') return;
    this.#requests++;
    if (end === 'broken-off' || end >= 500) this.#errors++;
    if (end === 403) this.#denied++;
    this.#durations[this.#next] = ms;
    this.#measuredAt[this.#next] = this.#now();
    this.#next = (this.#next + 1) % maxDurations;
  }

  /** Looks which filters' VMs are dead. One that was reloaded and died again counts again. */
  look(plugins: readonly RunningPlugin[]): void {
    for (const plugin of plugins) {
      if (plugin.dead === undefined) this.#vmReloads += this.#dead.delete(plugin) ? 1 : 0;
      else if (!this.#dead.has(plugin)) {
        this.#dead.add(plugin);
        this.#vmFailures++;
      }
    }
  }

  get counts(): Counts {
    const p99Ms = this.#p99();
    return {
      requests: this.#requests,
      errors: this.#errors,
      denied: this.#denied,
      ...(p99Ms !== undefined && { p99Ms }),
      vmFailures: this.#vmFailures,
      vmReloads: this.#vmReloads,
    };
  }

  #p99(): number | undefined {
    const since = this.#now() - keptMs;
    const recent = this.#durations.filter((_, i) => (this.#measuredAt[i] ?? -Infinity) >= since).toSorted();
    return recent[Math.ceil(recent.length * 0.99) - 1];
  }
}
