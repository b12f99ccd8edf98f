import { WasmcastError } from '@wasmcast/core';
import type { RolloutContext } from './context.ts';

/** How long to wait before each new try, in milliseconds: together what an API server takes to come back. */
const pauses = [200, 500, 1000, 2000, 4000, 8000];
/** The same for whoever knows that another one has just waited in vain. */
const fewPauses = pauses.slice(0, 2);

/**
 * Does something idempotent, and does it again while the target cannot be reached: a rollout must not go back because an API
 * server was restarted. Rejects with the last failure, and at once with any other.
 */
export async function patiently<T>(
  { clock, signal }: Pick<RolloutContext, 'clock' | 'signal'>,
  run: () => Promise<T>,
  waits: readonly number[] = pauses,
): Promise<T> {
  for (const pause of waits) {
    try {
      return await run();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
    }
    await clock.sleep(pause, signal);
  }
  return await run();
}

/**
 * The patience of writes that may all have to pass the same webhook: when one of them has waited for it in vain, the others wait
 * but a moment, or each of a thousand workloads would wait anew.
 */
export class SharedPatience {
  #isSpent = false;

  /** {@link patiently} */
  async run<T>(context: Pick<RolloutContext, 'clock' | 'signal'>, run: () => Promise<T>): Promise<T> {
    try {
      return await patiently(context, run, this.#isSpent ? fewPauses : pauses);
    } catch (error) {
      this.#isSpent ||= isUnreachable(error);
      throw error;
    }
  }
}

/** True if nothing came through: the same may work in a moment. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof WasmcastError && error.exit === 'unreachable';
}
