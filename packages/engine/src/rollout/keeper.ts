import {
  type HeldLock,
  type JsonValue,
  type Plan,
  type RolloutInfo,
  type RolloutRecord,
  type RolloutRequest,
  type RolloutStamp,
  type StoredRollout,
  type TargetPlan,
  WasmcastError,
  goesOn,
  jsonEquals,
  toRolloutRecord,
} from '@wasmcast/core';
import type { RolloutContext } from './context.ts';
import { patiently } from './patience.ts';
import { newest } from './revisions.ts';

/** How often the target is asked whether somebody asked something of this rollout, in milliseconds. */
const lookEveryMs = 2000;

/** What may change in a record while its rollout runs. */
type Progress = Pick<RolloutInfo, 'phase' | 'reason' | 'finished' | 'promoted' | 'answered'>;

/**
 * Keeps what the target remembers of a rollout, and hears what people ask of it there. Each write is made from the version
 * before, so a process that was thought dead cannot write over the one that took its place: it fails, and stops.
 */
export class Keeper {
  readonly #context: RolloutContext;
  readonly #lock: HeldLock;
  #record: RolloutRecord;
  #lookedAt: number;
  #request: RolloutRequest | undefined;
  #isForgotten = false;

  private constructor(context: RolloutContext, lock: HeldLock, record: RolloutRecord) {
    this.#context = context;
    this.#lock = lock;
    this.#record = record;
    this.#lookedAt = context.clock.now();
  }

  /**
   * Begins the rollout of a plan, or goes on with the one that the plan found. Throws `WC-ROLL-011` when something was rolled
   * out since the plan was made, and `WC-ROLL-010` when the lock was lost meanwhile.
   */
  static async begin(plan: Plan, part: TargetPlan, context: RolloutContext, lock: HeldLock): Promise<Keeper> {
    const { order, by } = context;
    const stored = await assertUnmoved(plan, part, context);
    const record =
      stored !== undefined && goesOn(part.unfinished)
        ? continued(stored, part, by, lock, order)
        : begun(plan, part, context, lock, stored?.record);
    await put(context, record, stored?.record);
    const keeper = new Keeper(context, lock, record);
    if (stored === undefined) await keeper.#assertAlone();
    return keeper;
  }

  get record(): RolloutRecord {
    return this.#record;
  }

  /** What somebody asked and nobody answered yet. */
  get request(): RolloutRequest | undefined {
    return this.#request;
  }

  /** True if a person lets this wave pass, counted from 0. Who meant the one before it, which passed by itself, did not. */
  isPromoted(wave: number): boolean {
    const { kind, finished } = this.#request ?? {};
    return this.#record.promoted > wave || (kind === 'promote' && finished === wave);
  }

  /** Remembers how far the rollout is. A request that was heard counts as answered. */
  async advance(progress: Partial<Progress>): Promise<void> {
    const { reason: _old, ...kept } = this.#record;
    const answered = this.#request?.id ?? kept.answered;
    const next: RolloutRecord = {
      ...kept,
      ...(answered !== undefined && { answered }),
      ...progress,
      version: kept.version + 1,
    };
    await put(this.#context, next, kept);
    this.#record = next;
    this.#request = undefined;
  }

  /** As {@link lookAgain}, unless the target was asked a moment ago. */
  async look(): Promise<void> {
    if (this.#context.clock.now() - this.#lookedAt >= lookEveryMs) await this.lookAgain();
  }

  /** Asks the target for requests. Throws `WC-ROLL-010` if the rollout is no longer ours. */
  async lookAgain(): Promise<void> {
    const { target, signal, clock } = this.#context;
    const at = clock.now();
    const standing = await target.rollouts.look(this.#record.fleet, signal);
    if (!isStamp(standing?.stamp, this.#record)) throw takenOver(this.#record);
    this.#lookedAt = at;
    if (standing?.request !== undefined && standing.request.id !== this.#record.answered)
      this.#request = standing.request;
  }

  /** Forgets the rollout: it is live, or nothing of it was ever written. Throws `WC-ROLL-010` if it is no longer ours. */
  async end(): Promise<void> {
    await forget(this.#context, this.#record.fleet, this.#record);
    this.#isForgotten = true;
  }

  /**
   * Has the target remember the rollout again, which was forgotten and is not over: what it made live could not be recorded, and
   * nothing else tells others that it was there. Never throws: it is the fault of recording that people are told.
   */
  async reopen(): Promise<void> {
    if (!this.#isForgotten) return;
    try {
      await put(this.#context, this.#record, undefined);
      await this.#assertAlone();
    } catch {
      // Then it is as if the process had been killed here.
    }
  }

  /**
   * Throws `WC-ROLL-010`, and forgets the rollout, unless the lock is still ours. Where no record stood, one that came and went
   * meanwhile left no trace; but whoever wrote it had to break our lock.
   */
  async #assertAlone(): Promise<void> {
    if (await isHeld(this.#lock, this.#record.fleet, this.#context)) return;
    await this.end();
    throw takenOver(this.#record);
  }
}

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
async function isHeld(lock: HeldLock, fleet: string, context: RolloutContext): Promise<boolean> {
  const { target, signal } = context;
  const holder = await patiently(context, () => target.lock.holder(fleet, signal));
  return holder?.nonce === lock.holder.nonce;
}

function isStamp(a: RolloutStamp | undefined, b: RolloutStamp | undefined): boolean {
  return a?.id === b?.id && a?.version === b?.version;
}

/** Stores a record. A write whose answer was lost is looked up before it is made again: it may stand there already. */
async function put(
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

/** The rollout goes on. A person who decides about it now has answered whatever was asked of it before. */
function continued(
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
function begun(
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

/** True if somebody else rolls out by now: what becomes of it is theirs to decide. */
export function isTakenOver(error: unknown): boolean {
  return error instanceof WasmcastError && error.code === 'WC-ROLL-010';
}

function takenOver({ fleet, target }: RolloutRecord): WasmcastError {
  return new WasmcastError(
    'WC-ROLL-010',
    `somebody else took over the rollout of fleet ${fleet} on ${target}`,
    {
      help: 'nothing more is written here; `wasmcast status` shows where it stands',
    },
  );
}
