import type { VerdictKind } from './verdict.ts';

/** A cause that was found for what is not as it should be. */
export interface Finding {
  /** Stable, `WC-DOC-` + number. */
  readonly code: string;
  /** `error`: an instance is not live because of it. `warning`: it will bite later, or its order is left to chance. */
  readonly severity: 'error' | 'warning';
  /** Address of the workload; the target's name for what concerns all of it. */
  readonly subject: string;
  /** Names of the instances that it was seen on; none: it concerns the workload as a whole. */
  readonly instances: readonly string[];
  /** Names of the filters; none: whatever the filters are. */
  readonly filters: readonly string[];
  /** What a verdict shows. */
  readonly symptoms: readonly VerdictKind[];
  /** Why, in one sentence without a full stop. */
  readonly cause: string;
  /** What to do next: commands, or sentences. */
  readonly next: readonly string[];
  /** What the cause was concluded from, with its source. */
  readonly evidence: readonly string[];
}

/** What an examination of a fleet on one target came to. */
export interface Diagnosis {
  readonly target: string;
  readonly instances: number;
  readonly live: number;
  /** Errors first, those that concern most instances first of all. */
  readonly findings: readonly Finding[];
  /** What was looked at, for people: `the configuration of 12 sidecars`. */
  readonly looked: readonly string[];
  /** What could not be looked at, and why: a cause may hide there. */
  readonly unseen: readonly string[];
}
