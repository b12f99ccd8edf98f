import type { Clock } from '@wasmcast/core';

/**
 * Time that passes only while everybody waits for it: whoever sleeps is woken in order, as soon as nothing else can run. A
 * rollout of hours runs in milliseconds, always in the same order.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #turning = false;
  readonly #sleepers = new Set<{ readonly at: number; readonly order: number; readonly wake: () => void }>();

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const sleeper = {
        at: this.#now + ms,
        order: this.#order++,
        wake: (): void => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      const abort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#sleepers.add(sleeper);
      void this.#turn();
    });
  }

  /** Moves on to the next sleeper once the event loop has nothing else to do. */
  async #turn(): Promise<void> {
    if (this.#turning) return;
    this.#turning = true;
    while (this.#sleepers.size > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = [...this.#sleepers].toSorted((a, b) => a.at - b.at || a.order - b.order);
      if (next === undefined) break;
      this.#sleepers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    this.#turning = false;
  }
}
