/** Answers that are under way. */
export class Pending {
  readonly #running = new Set<Promise<void>>();

  /** Runs something soon, never before the caller has returned. */
  soon(run: () => void | Promise<void>): void {
    const running: Promise<void> = Promise.resolve()
      .then(run)
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits for one of them; false when there is none. */
  async settle(): Promise<boolean> {
    const [first] = this.#running;
    if (first === undefined) return false;
    await first;
    return true;
  }
}
