import type { RolloutRecord, RolloutRequest } from '../model/rollout-record.ts';

/** A record as it stands, and what was asked of the rollout since. */
export interface StoredRollout {
  readonly record: RolloutRecord;
  /** The newest request, answered or not. */
  readonly request?: RolloutRequest;
}

/** Names one record: which rollout, and which write of it. */
export type RolloutStamp = Pick<RolloutRecord, 'id' | 'version'>;

/** What stands in a target without the record itself, which grows with the fleet. */
export interface StandingRollout {
  readonly stamp: RolloutStamp;
  /** The newest request, answered or not. */
  readonly request?: RolloutRequest;
}

/**
 * The one rollout of a fleet on a target that is not live yet: kept in the target, where every operator sees it. Whoever
 * changes it says which record has to stand there, and the target holds that against what does in the same request: a
 * process that was suspended in between can take nothing away that is newer than what it has seen.
 */
export interface RolloutStore {
  read(fleet: string, signal: AbortSignal): Promise<StoredRollout | undefined>;
  /** Which record stands there, and what was asked: all that one who runs the rollout asks for again and again. */
  look(fleet: string, signal: AbortSignal): Promise<StandingRollout | undefined>;
  /**
   * Stores a record in place of the one that `over` names; undefined: where none stands. What was asked stays with the
   * rollout of which it was asked. Throws `WC-ROLL-010` when something else stands there: somebody took the rollout over.
   */
  write(record: RolloutRecord, over: RolloutStamp | undefined, signal: AbortSignal): Promise<void>;
  /** Leaves a request for whoever runs the rollout with this id; false if it is not there (any more). */
  ask(fleet: string, id: string, request: RolloutRequest, signal: AbortSignal): Promise<boolean>;
  /** Forgets a record and its request. Throws `WC-ROLL-010` when another one stands there, or none. */
  delete(fleet: string, stamp: RolloutStamp, signal: AbortSignal): Promise<void>;
}
