import type { LockHolder, RolloutRecord, Target } from '@wasmcast/core';

/** Where the unfinished rollout of a target stands. */
export interface Standing {
  readonly target: Target;
  /** What the target remembers; undefined: all that was begun has ended. */
  readonly record?: RolloutRecord;
  /** Whoever runs something there now. */
  readonly holder?: LockHolder;
}

/** Reads where the rollout of a fleet stands on a target. */
export async function standingOf(fleet: string, target: Target, signal: AbortSignal): Promise<Standing> {
  // The holder first: a rollout that ends between the two is then told as it ended, not as one that nobody runs.
  const holder = await target.lock.holder(fleet, signal);
  const stored = await target.rollouts.read(fleet, signal);
  return { target, ...(stored && { record: stored.record }), ...(holder && { holder }) };
}
