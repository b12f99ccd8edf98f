import { canonicalJson, type JsonValue } from '../json.ts';
import type { Chain } from '../model/chain.ts';
import { type RolloutPhase, type RolloutRecord, rolloutChains } from '../model/rollout-record.ts';

/** The rollout that a target remembered when a plan was made. */
export interface Unfinished {
  readonly id: string;
  readonly version: number;
  readonly phase: RolloutPhase;
  readonly reason?: string;
  readonly inWaves?: true;
  readonly finished: number;
  readonly promoted: number;
  /** True if it wants what the plan wants: then the plan goes on with it, else it takes its place. */
  readonly same: boolean;
}

/** What a plan has to know of a remembered rollout. Throws a TypeError for a record that was tampered with. */
export function unfinishedFor(record: RolloutRecord, expected: readonly Chain[]): Unfinished {
  const { id, version, phase, reason, inWaves, finished, promoted } = record;
  const same = wantedText(rolloutChains(record).wanted) === wantedText(expected);
  return {
    id,
    version,
    phase,
    ...(reason !== undefined && { reason }),
    ...(inWaves && { inWaves }),
    finished,
    promoted,
    same,
  };
}

/** True if a plan goes on with the rollout that it found; else it begins anew. */
export function goesOn(unfinished: Unfinished | undefined): unfinished is Unfinished {
  return unfinished !== undefined && unfinished.same && unfinished.phase !== 'went-back';
}

/** What was live before a remembered rollout began; nothing once it went back, for then that is what is there. */
export function chainsBefore(record: RolloutRecord | undefined): readonly Chain[] {
  return record === undefined || record.phase === 'went-back' ? [] : rolloutChains(record).previous;
}

/** Chains that are empty say what shall go, and are forgotten when it has gone. */
function wantedText(chains: readonly Chain[]): string {
  return canonicalJson(chains.filter((chain) => chain.filters.length > 0) as unknown as JsonValue);
}
