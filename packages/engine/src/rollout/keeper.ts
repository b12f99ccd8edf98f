import {
  type HeldLock,
  type Plan,
  type RolloutInfo,
  type RolloutRecord,
  type RolloutRequest,
  type TargetPlan,
  goesOn,
} from '@wasmcast/core';
import type { RolloutContext } from './context.ts';
import { begun, continued } from './new-record.ts';
import { assertUnmoved, forget, isHeld, isStamp, put, takenOver } from './record-writes.ts';

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
