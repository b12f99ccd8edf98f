import { setTimeout as delay } from 'node:timers/promises';
import { isOciError } from '../errors.ts';
import type { OciError } from '../errors.ts';
import type { OciLimits } from '../limits.ts';

/** Runs an idempotent attempt again while its failure is transient, with growing, jittered, bounded delays. */
export async function retrying<T>(
  attempt: () => Promise<T>,
  options: {
    readonly limits: OciLimits;
    readonly signal: AbortSignal | undefined;
    readonly onRetry: (error: OciError, attempt: number, delayMs: number) => void;
  },
): Promise<T> {
  const { limits, signal } = options;
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isOciError(error) || !error.transient || count >= limits.attempts) throw error;
      const wait = retryDelay(count, error.retryAfterMs, limits);
      options.onRetry(error, count, wait);
      await pause(wait, signal);
    }
  }
}

/** Waits, in milliseconds; throws the signal's reason when it is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch((reason: unknown) => {
    throw signal?.aborted === true ? signal.reason : reason;
  });
}

/** The delay before the attempt after `count`, in milliseconds: what the registry asks for, or doubling from the base, never above the maximum. */
export function retryDelay(count: number, asked: number | undefined, limits: OciLimits): number {
  const doubled = limits.retryBaseMs * 2 ** (count - 1) * (0.5 + Math.random() / 2);
  return Math.min(limits.retryMaxMs, Math.max(asked ?? 0, doubled));
}
