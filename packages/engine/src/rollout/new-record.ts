import {
  type HeldLock,
  type Plan,
  type RolloutInfo,
  type RolloutRecord,
  type StoredRollout,
  type TargetPlan,
  toRolloutRecord,
} from '@wasmcast/core';
import type { RolloutContext } from './context.ts';

/** The rollout goes on. A person who decides about it now has answered whatever was asked of it before. */
export function continued(
  { record, request }: StoredRollout,
  { waves }: TargetPlan,
  by: string,
  lock: HeldLock,
  order: RolloutContext['order'],
): RolloutRecord {
  const { reason, ...kept } = record;
  const goesBack = record.phase === 'going-back';
  const answered = order === undefined ? undefined : request?.id;
  return {
    ...kept,
    ...(goesBack && reason !== undefined && { reason }),
    ...(answered !== undefined && { answered }),
    by,
    lock: lock.holder.nonce,
    waves,
    version: record.version + 1,
    phase: goesBack ? 'going-back' : 'rolling',
    promoted: order === 'promote' ? record.finished + 1 : record.promoted,
  };
}

/** A new rollout. One that takes the place of an unfinished one goes back to what that one found. */
export function begun(
  plan: Plan,
  part: TargetPlan,
  { target, by, clock, nonce }: RolloutContext,
  lock: HeldLock,
  replaced: RolloutRecord | undefined,
): RolloutRecord {
  const answered = replaced?.answered;
  const info: RolloutInfo = {
    fleet: plan.fleet,
    target: target.name,
    id: nonce(),
    version: 1,
    cause: plan.cause,
    by,
    lock: lock.holder.nonce,
    since: new Date(clock.now()).toISOString(),
    phase: 'rolling',
    // Nothing else pauses when it fails.
    ...(plan.rollout.onFailure === 'pause' && { inWaves: true }),
    waves: part.waves,
    finished: 0,
    promoted: 0,
    ...(answered !== undefined && { answered }),
  };
  return toRolloutRecord(info, part.expected, part.previous);
}
