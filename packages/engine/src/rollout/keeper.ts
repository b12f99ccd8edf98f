import {
  type JsonValue,
  type Plan,
  type RolloutInfo,
  type RolloutRecord,
  type RolloutRequest,
  type StoredRollout,
  type TargetPlan,
  WasmcastError,
  goesOn,
  jsonEquals,
  toRolloutRecord,
} from '@wasmcast/core';
import type { RolloutContext } from './context.ts';
import { isUnreachable, patiently } from './patience.ts';

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
  #record: RolloutRecord;
  #lookedAt: number;
  #request: RolloutRequest | undefined;

  private constructor(context: RolloutContext, record: RolloutRecord) {
    this.#context = context;
    this.#record = record;
    this.#lookedAt = context.clock.now();
  }

  /**
   * Begins the rollout of a plan, or goes on with the one that the plan found. Call it with the lock held. Throws
   * `WC-ROLL-011` when the target remembers something else than it did when the plan was made.
   */
  static async begin(plan: Plan, part: TargetPlan, context: RolloutContext): Promise<Keeper> {
    const { target, signal, order, by } = context;
    const stored = await target.rollouts.read(plan.fleet, signal);
    const { unfinished } = part;
    if (stored?.record.id !== unfinished?.id || stored?.record.version !== unfinished?.version) {
      throw new WasmcastError(
        'WC-ROLL-011',
        `the rollout of fleet ${plan.fleet} on ${target.name} moved since the plan was made`,
        { help: 'look at `wasmcast status`, and run the command again' },
      );
    }
    const record =
      stored !== undefined && goesOn(unfinished)
        ? continued(stored, part, by, order)
        : begun(plan, part, context, stored?.record);
    await put(context, record);
    return new Keeper(context, record);
  }

  get record(): RolloutRecord {
    return this.#record;
  }

  /** What somebody asked and nobody answered yet. */
  get request(): RolloutRequest | undefined {
    return this.#request;
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
    await put(this.#context, next);
    this.#record = next;
    this.#request = undefined;
  }

  /** Asks the target for requests, unless it was asked a moment ago. Throws `WC-ROLL-010` if the rollout is no longer ours. */
  async look(): Promise<void> {
    const { clock } = this.#context;
    if (clock.now() - this.#lookedAt < lookEveryMs) return;
    this.#lookedAt = clock.now();
    const stored = await this.#stored().catch(unlessUnreachable);
    if (stored === 'unreachable') return;
    if (stored.request !== undefined && stored.request.id !== this.#record.answered)
      this.#request = stored.request;
  }

  /** Forgets the rollout: it is live, or nothing of it was ever written. Throws `WC-ROLL-010` if it is no longer ours. */
  async end(): Promise<void> {
    const { target, signal } = this.#context;
    await patiently(this.#context, () => this.#stored());
    await patiently(this.#context, () => target.rollouts.delete(this.#record.fleet, signal));
  }

  /** What stands in the target; throws `WC-ROLL-010` unless it is what this process wrote last. */
  async #stored(): Promise<StoredRollout> {
    const { target, signal } = this.#context;
    const stored = await target.rollouts.read(this.#record.fleet, signal);
    if (stored?.record.id !== this.#record.id || stored.record.version !== this.#record.version)
      throw takenOver(this.#record);
    return stored;
  }
}

/** A target that does not answer just now is asked again; what has to be reached says so by itself. */
function unlessUnreachable(error: unknown): 'unreachable' {
  if (isUnreachable(error)) return 'unreachable';
  throw error;
}

/** Stores a record. A write whose answer was lost is looked up before it is made again: it may stand there already. */
async function put(context: RolloutContext, record: RolloutRecord): Promise<void> {
  const { target, signal } = context;
  let isFirst = true;
  await patiently(context, async () => {
    if (!isFirst) {
      const stored = await target.rollouts.read(record.fleet, signal);
      if (stored !== undefined && sameRecord(stored.record, record)) return;
    }
    isFirst = false;
    await target.rollouts.write(record, signal);
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
    since: new Date(clock.now()).toISOString(),
    phase: 'rolling',
    waves: part.waves,
    finished: 0,
    promoted: 0,
    ...(answered !== undefined && { answered }),
  };
  return toRolloutRecord(info, part.expected, part.previous);
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
