import type { Revision } from '../model/revision.ts';

/** The revisions of a fleet, kept in the target itself so that every machine that reaches it sees the same ones. */
export interface RevisionStore {
  /** Oldest first. */
  list(fleet: string, signal: AbortSignal): Promise<readonly Revision[]>;
  /** Stores a new revision; throws `WC-REV-001` if its number is taken. */
  put(revision: Revision, signal: AbortSignal): Promise<void>;
  /** Forgets these numbers; those that are not there are ignored. */
  delete(fleet: string, numbers: readonly number[], signal: AbortSignal): Promise<void>;
}
