import type { Wave } from '../plan/plan-waves.ts';
import type { Chain } from './chain.ts';
import type { DesiredFilter } from './filter.ts';
import { ChainPack, type PackedChain, unpackChains } from './packed-chains.ts';

/**
 * Where a rollout that is not over stands.
 *
 * - `rolling`: waves are under way, or were when whoever ran it was killed.
 * - `paused`: it waits for a person. `stopped`: it failed, and what it wrote stays for a person to look at.
 * - `going-back`: it failed or was aborted, and what it touched goes back. `went-back`: that is done, and seen live.
 */
export type RolloutPhase = 'rolling' | 'paused' | 'stopped' | 'going-back' | 'went-back';

/**
 * What a target remembers of a rollout until it is live, so that any machine can go on with it, or go back: what is wanted,
 * what was live before the first write, and how far the waves are.
 */
export interface RolloutRecord {
  readonly schema: 'wasmcast.dev/rollout/v1';
  readonly fleet: string;
  readonly target: string;
  /** Names the rollout. */
  readonly id: string;
  /** Counts the writes of this record: each is made from the one before it, or not at all. */
  readonly version: number;
  /** What the revision's cause will be. */
  readonly cause: string;
  /** `user@host`. */
  readonly by: string;
  /** Nonce of the lock under which it was written: two processes of one person write different records. */
  readonly lock?: string;
  /** RFC 3339. */
  readonly since: string;
  readonly phase: RolloutPhase;
  /** Why it is in this phase: what the gate said, which step failed. */
  readonly reason?: string;
  /** Set for a way back that was asked for in waves, and is watched by gates: whoever takes it up watches it too. */
  readonly inWaves?: true;
  readonly waves: readonly Wave[];
  /** How many waves are through, with their gates. */
  readonly finished: number;
  /** After how many waves a person promoted. */
  readonly promoted: number;
  /** Id of the last request that was answered. */
  readonly answered?: string;
  readonly filters: readonly DesiredFilter[];
  readonly wanted: readonly PackedChain[];
  readonly previous: readonly PackedChain[];
}

/** What a person asks of a rollout that somebody else may be running. */
export interface RolloutRequest {
  readonly id: string;
  readonly kind: 'pause' | 'promote' | 'abort';
  /** `user@host`. */
  readonly by: string;
  /** How many waves were through when it was asked: a promotion is of the wave after them, and of no later one. */
  readonly finished: number;
}

/** All of a record but its chains. */
export type RolloutInfo = Omit<RolloutRecord, 'schema' | 'filters' | 'wanted' | 'previous'>;

/** Packs the chains of a rollout into its record. Empty chains are kept: they say that nothing was there. */
export function toRolloutRecord(
  info: RolloutInfo,
  wanted: readonly Chain[],
  previous: readonly Chain[],
): RolloutRecord {
  const pack = new ChainPack();
  return {
    schema: 'wasmcast.dev/rollout/v1',
    ...info,
    wanted: pack.add(wanted),
    previous: pack.add(previous),
    filters: pack.filters,
  };
}

/** What the rollout wants, and what was there before. Throws a TypeError for a record that was tampered with. */
export function rolloutChains(record: RolloutRecord): {
  readonly wanted: readonly Chain[];
  readonly previous: readonly Chain[];
} {
  return {
    wanted: unpackChains(record.filters, record.wanted),
    previous: unpackChains(record.filters, record.previous),
  };
}
