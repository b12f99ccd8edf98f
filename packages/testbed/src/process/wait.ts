import { setTimeout as delay } from 'node:timers/promises';
import { WasmcastError } from '@wasmcast/core';

/** Options of {@link until}. */
export interface UntilOptions {
  /** For the error, e.g. `the API server to be ready`. */
  readonly what: string;
  readonly timeoutMs: number;
  /** Between two looks; default 50. */
  readonly intervalMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks until `look` gives something, for conditions that no event tells of.
 *
 * @throws WasmcastError WC-BED-005 when the time is over; the last error of `look` is its cause.
 */
export async function until<T>(look: () => Promise<T | undefined>, options: UntilOptions): Promise<T> {
  const deadline = performance.now() + options.timeoutMs;
  let last: unknown;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const found = await look();
      if (found !== undefined) return found;
      last = undefined;
    } catch (error) {
      if (error instanceof WasmcastError && error.code === 'WC-BED-004') throw error;
      last = error;
    }
    if (performance.now() > deadline) {
      const why = last instanceof Error ? `: ${last.message}` : '';
      throw new WasmcastError('WC-BED-005', `waited ${options.timeoutMs} ms for ${options.what}${why}`, {
        cause: last,
      });
    }
    // An abort is told with the signal's own reason, at the start of the loop.
    await delay(options.intervalMs ?? 50, undefined, { signal: options.signal }).catch(() => undefined);
  }
}
