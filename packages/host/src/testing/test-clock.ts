import type { HostClock } from '../ports/ports.ts';

/** What the monotonic clock shows at first: a machine's is never 0, and the runtime of Go refuses to start with 0. */
const uptime = 1_000_000_000n;

/** A clock that stands still until it is told to go on. */
export class TestClock implements HostClock {
  #now = 0n;
  readonly #start: bigint;
  #timers: { readonly at: bigint; readonly run: () => void }[] = [];

  /** `start`: nanoseconds since the epoch; default the first second of 2024. */
  constructor(start = 1_704_067_200_000_000_000n) {
    this.#start = start;
  }

  realtime(): bigint {
    return this.#start + this.#now;
  }

  monotonic(): bigint {
    return uptime + this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + BigInt(Math.round(ms * 1e6)), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets time pass, running what becomes due in its order: ticks, queue notifications. */
  advance(ms: number): void {
    const end = this.#now + BigInt(Math.round(ms * 1e6));
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).toSorted((a, b) => Number(a.at - b.at))[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      if (due.at > this.#now) this.#now = due.at;
      due.run();
    }
    this.#now = end;
  }
}
