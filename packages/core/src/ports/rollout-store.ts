import type { RolloutRecord, RolloutRequest } from '../model/rollout-record.ts';

/** A record as it stands, and what was asked of the rollout since. */
export interface StoredRollout {
  readonly record: RolloutRecord;
  /** The newest request, answered or not. */
  readonly request?: RolloutRequest;
}

/** The one rollout of a fleet on a target that is not live yet: kept in the target, where every operator sees it. */
export interface RolloutStore {
  read(fleet: string, signal: AbortSignal): Promise<StoredRollout | undefined>;
  /**
   * Stores a record in place of the one of the same id and the version before, whose request stays. Version 1 begins anew,
   * whatever stands there. Throws `WC-ROLL-010` otherwise: somebody else took the rollout over.
   */
  write(record: RolloutRecord, signal: AbortSignal): Promise<void>;
  /** Leaves a request for whoever runs the rollout; false if there is none. */
  ask(fleet: string, request: RolloutRequest, signal: AbortSignal): Promise<boolean>;
  /** Forgets the rollout and its request. */
  delete(fleet: string, signal: AbortSignal): Promise<void>;
}
