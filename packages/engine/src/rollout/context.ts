import type { Clock, InstanceVerdict, Journal, Plan, Target, TargetPlan } from '@wasmcast/core';
import type { Ask } from '../gates/ask.ts';
import type { Emit } from './events.ts';
import type { Keeper } from './keeper.ts';
import type { SharedPatience } from './patience.ts';

/** Names of processes, as far as one machine can tell them apart. */
export interface ProcessNames {
  /** Of this process. */
  readonly name: string;
  /** True only if the process of this name is certain to be gone. */
  readonly isDead: (name: string) => boolean;
}

/** Everything a rollout needs of the world. */
export interface RolloutContext {
  readonly target: Target;
  /** Opened when the first write is certain; an empty plan opens none. */
  readonly openJournal: () => Promise<Journal>;
  readonly clock: Clock;
  readonly emit: Emit;
  /** How gates ask HTTP servers. */
  readonly ask: Ask;
  /** `user@host`. */
  readonly by: string;
  /** Tells processes apart; without it no lock is taken over. */
  readonly process?: ProcessNames;
  /** Source revision of the manifest, when known. */
  readonly source?: string;
  /** A new random text; names the rollout and guards its lock. */
  readonly nonce: () => string;
  /** What a person decided about a rollout that waits. Without it, one that is paused stays so. */
  readonly order?: 'resume' | 'promote' | 'abort';
  /** Aborted by the first interrupt: begin nothing new, leave everything consistent. */
  readonly stop: AbortSignal;
  /** Aborted by the second: end at once. */
  readonly signal: AbortSignal;
}

/**
 * How a rollout on one target ended: all is `live`; not all showed it in time (`not-live`); something `failed`; it was
 * `interrupted`, and the next apply goes on; it is `paused`, for a person to decide; it failed or was aborted, and what was
 * there before is live again (`rolled-back`).
 */
export type Outcome = 'live' | 'not-live' | 'failed' | 'interrupted' | 'paused' | 'rolled-back';

/** How a rollout on one target ended. */
export interface RolloutResult {
  readonly target: string;
  readonly outcome: Outcome;
  /** The last reading of the instances; empty when none was made. */
  readonly verdicts: readonly InstanceVerdict[];
  /** Number of instances that the rollout concerns: those read, or else those planned for. */
  readonly instances: number;
  /** Of these, seen live. */
  readonly live: number;
  /** Steps that ran; those that found everything in place already are among them. */
  readonly writes: number;
  /** Number of the revision that stands now, if there is one. */
  readonly revision?: number;
  /** Why it did not end live, in one sentence. */
  readonly reason?: string;
  /** What it failed for, when something threw: of several steps that failed side by side the first. */
  readonly error?: unknown;
  /** Which step that was, in the plan's own words; unset when it was no step that failed. */
  readonly failedStep?: string;
}

/** How it ended; what was counted on the way is added when all is over. */
export type Ending = Pick<RolloutResult, 'outcome' | 'revision' | 'reason' | 'error' | 'failedStep'>;

/** Counted while a rollout runs, so that it can be told however it ends. */
export interface Tally {
  writes: number;
  verdicts: readonly InstanceVerdict[];
  live: number;
}

/** A rollout that has begun: the lock is held, the journal open, and the target remembers it. */
export interface Run {
  readonly plan: Plan;
  readonly part: TargetPlan;
  readonly context: RolloutContext;
  readonly journal: Journal;
  readonly keeper: Keeper;
  readonly tally: Tally;
  readonly patience: SharedPatience;
}

/** What went wrong. `late`: instances did not show in time what is expected of them. */
export interface Failed {
  readonly kind: 'failed';
  readonly reason: string;
  readonly late?: boolean;
  readonly error?: unknown;
  readonly failedStep?: string;
  /** Addresses of the workloads of which a step failed, when that is no reason to leave the others. */
  readonly failedOn?: ReadonlySet<string>;
}

/** Why a rollout does not go on. */
export type Halt =
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'paused'; readonly reason: string }
  | { readonly kind: 'aborted'; readonly reason: string }
  | Failed;
