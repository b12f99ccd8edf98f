import {
  type HeldLock,
  type JsonValue,
  type Plan,
  type RolloutRecord,
  type RolloutStamp,
  type StoredRollout,
  type TargetPlan,
  WasmcastError,
  jsonEquals,
} from '@wasmcast/core';
import type { RolloutContext } from './context.ts';
import { patiently } from './patience.ts';
import { newest } from './revisions.ts';

/**
 * What the target remembers. Throws `WC-ROLL-011` unless that, and the newest revision, are what they were when the plan was
 * made. Call it with the lock held.
 */
export async function assertUnmoved(
  { fleet }: Plan,
  { unfinished, revision }: TargetPlan,
  { target, signal }: RolloutContext,
): Promise<StoredRollout | undefined> {
  const stored = await target.rollouts.read(fleet, signal);
  const isSame =
    isStamp(stored?.record, unfinished) &&
    (revision === undefined || revision === newest(await target.revisions.list(fleet, signal)));
  if (isSame) return stored;
  throw new WasmcastError(
    'WC-ROLL-011',
    `the rollout of fleet ${fleet} on ${target.name} moved since the plan was made`,
    { help: 'look at `wasmcast status`, and run the command again' },
  );
}

/** Deletes a record. Throws `WC-ROLL-010` if another one stands there, or none. */
export async function forget(context: RolloutContext, fleet: string, stamp: RolloutStamp): Promise<void> {
  const { target, signal } = context;
  let isFirst = true;
  await patiently(context, async () => {
    // The answer to the first try may have been lost.
    if (!isFirst && (await target.rollouts.look(fleet, signal)) === undefined) return;
    isFirst = false;
    await target.rollouts.delete(fleet, stamp, signal);
  });
}

/** True while nobody has taken the lock away. */
export async function isHeld(lock: HeldLock, fleet: string, context: RolloutContext): Promise<boolean> {
  const { target, signal } = context;
  const holder = await patiently(context, () => target.lock.holder(fleet, signal));
  return holder?.nonce === lock.holder.nonce;
}

/** True if both are the same version of the same rollout, or neither is there. */
export function isStamp(a: RolloutStamp | undefined, b: RolloutStamp | undefined): boolean {
  return a?.id === b?.id && a?.version === b?.version;
}

/** Stores a record. A write whose answer was lost is looked up before it is made again: it may stand there already. */
export async function put(
  context: RolloutContext,
  record: RolloutRecord,
  over: RolloutStamp | undefined,
): Promise<void> {
  const { target, signal } = context;
  let isFirst = true;
  await patiently(context, async () => {
    if (!isFirst) {
      const stored = await target.rollouts.read(record.fleet, signal);
      if (stored !== undefined && sameRecord(stored.record, record)) return;
    }
    isFirst = false;
    await target.rollouts.write(record, over, signal);
  });
}

function sameRecord(a: RolloutRecord, b: RolloutRecord): boolean {
  return jsonEquals(a as unknown as JsonValue, b as unknown as JsonValue);
}

/** True if somebody else rolls out by now: what becomes of it is theirs to decide. */
export function isTakenOver(error: unknown): boolean {
  return error instanceof WasmcastError && error.code === 'WC-ROLL-010';
}

/** The error for who finds another rollout where its own was. */
export function takenOver({ fleet, target }: RolloutRecord): WasmcastError {
  return new WasmcastError(
    'WC-ROLL-010',
    `somebody else took over the rollout of fleet ${fleet} on ${target}`,
    {
      help: 'nothing more is written here; `wasmcast status` shows where it stands',
    },
  );
}
