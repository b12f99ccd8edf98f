/**
 * One reading that several wait for. Each waits for as long as its own signal lets it; the reading itself ends only when
 * it is done or nobody waits any more, so that one who gives up takes nothing from the others.
 */
export class SharedRead<T> {
  /** What was read, for who does not wait for it. */
  readonly value: Promise<T>;
  readonly #controller = new AbortController();
  #waiting = 0;

  constructor(read: (signal: AbortSignal) => Promise<T>) {
    this.value = read(this.#controller.signal);
  }

  /** True if everybody gave up: it has no result, and must not be waited for any more. */
  get isAbandoned(): boolean {
    return this.#controller.signal.aborted;
  }

  /** What was read. Rejects with the signal's reason, or with what the reading throws. */
  async wait(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    this.#waiting++;
    try {
      return await Promise.race([this.value, aborted]);
    } finally {
      signal.removeEventListener('abort', abort);
      this.#waiting--;
      if (this.#waiting === 0 && signal.aborted) this.#controller.abort(signal.reason);
    }
  }
}
