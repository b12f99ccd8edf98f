import type { LockHolder, RolloutRecord, Target } from '@wasmcast/core';
import { processNames } from '../process-name.ts';

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
  const found = await target.lock.holder(fleet, signal);
  // A process that is dead runs nothing: its lock is taken over by whoever goes on.
  const holder =
    found?.process !== undefined && processNames()?.isDead(found.process) === true ? undefined : found;
  const stored = await target.rollouts.read(fleet, signal);
  return { target, ...(stored && { record: stored.record }), ...(holder && { holder }) };
}
