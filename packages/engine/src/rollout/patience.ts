import { WasmcastError } from '@wasmcast/core';
import type { RolloutContext } from './context.ts';

/** How long to wait before each new try, in milliseconds: together what an API server takes to come back. */
const pauses = [200, 500, 1000, 2000, 4000, 8000];

/**
 * Does something idempotent, and does it again while the target cannot be reached: a rollout must not go back because an API
 * server was restarted. Rejects with the last failure, and at once with any other.
 */
export async function patiently<T>(
  { clock, signal }: Pick<RolloutContext, 'clock' | 'signal'>,
  run: () => Promise<T>,
): Promise<T> {
  for (const pause of pauses) {
    try {
      return await run();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
    }
    await clock.sleep(pause, signal);
  }
  return await run();
}

/** True if nothing came through: the same may work in a moment. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof WasmcastError && error.exit === 'unreachable';
}
