/** How long a reading may be used for something else than it was made for, in milliseconds. */
const lifeMs = 5000;

/**
 * Lets two questions that a command asks one after the other, or at the same time, share one reading of the cluster.
 * Nothing is used twice in a row by the same question, nothing lives longer than a few seconds, and any write of ours
 * makes it void, that of the lock too.
 */
export class Reuse<T> {
  #kept: { readonly key: string; readonly at: number; readonly value: T } | undefined;
  #flight: { readonly key: string; readonly value: Promise<T> } | undefined;

  /** A new reading, or one that is under way just now. */
  async fresh(key: string, read: () => Promise<T>): Promise<T> {
    if (this.#flight?.key === key) return await this.#flight.value;
    const value = read();
    const flight = { key, value };
    this.#flight = flight;
    try {
      const result = await value;
      // A write may have come in between.
      if (this.#flight === flight) this.keep(key, result);
      return result;
    } finally {
      if (this.#flight === flight) this.#flight = undefined;
    }
  }

  /** The kept reading, which is then used up; else as {@link fresh}. */
  async take(key: string, read: () => Promise<T>): Promise<T> {
    return this.once(key) ?? (await this.fresh(key, read));
  }

  /** The kept reading, which is then used up. */
  once(key: string): T | undefined {
    const kept = this.#kept;
    if (kept === undefined || kept.key !== key || performance.now() - kept.at > lifeMs) return undefined;
    this.#kept = undefined;
    return kept.value;
  }

  keep(key: string, value: T): void {
    this.#kept = { key, at: performance.now(), value };
  }

  forget(): void {
    this.#kept = undefined;
    this.#flight = undefined;
  }
}
