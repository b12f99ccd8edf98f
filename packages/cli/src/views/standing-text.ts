import { type LockHolder, type RolloutRecord, printable } from '@wasmcast/core';
import type { Standing } from '../fleet/standing.ts';
import type { Paint } from './text.ts';
import { phaseWords } from './unfinished-text.ts';

/** The unfinished rollout of a target and whoever runs it, for people; empty when all is over. */
export function standingText({ target, record, holder }: Standing, p: Paint): string {
  const lines = [
    ...(record === undefined ? [] : [recordText(record, holder)]),
    ...(holder === undefined
      ? []
      : [`the lock is held by ${who(holder.owner, holder.since)}, nonce ${printable(holder.nonce)}`]),
  ];
  return lines.map((line) => `${p.bold(`target ${target.name}`)}: ${p.yellow(line)}\n`).join('');
}

function recordText(record: RolloutRecord, holder: LockHolder | undefined): string {
  const { cause, phase, reason, finished, waves, by, since } = record;
  const state = phase === 'rolling' && holder !== undefined ? 'is under way' : phaseWords[phase];
  const at =
    phase === 'went-back' ? '' : ` in wave ${Math.min(finished + 1, waves.length)} of ${waves.length}`;
  const why = reason === undefined ? '' : `: ${printable(reason)}`;
  return `the rollout (${printable(cause)}) of ${who(by, since)} ${state}${at}${why}`;
}

function who(owner: string, since: string): string {
  return `${printable(owner)} since ${printable(since)}`;
}

/** The same for programs. */
export function standingFields({ target, record, holder }: Standing): object {
  return {
    target: target.name,
    ...(record !== undefined && { rollout: recordFields(record) }),
    ...(holder !== undefined && { lock: holder }),
  };
}

/** All of a record but what is written where. */
function recordFields(record: RolloutRecord): object {
  const { id, cause, phase, reason, finished, waves, by, since } = record;
  return {
    id,
    cause,
    phase,
    ...(reason !== undefined && { reason }),
    finished,
    waves: waves.length,
    by,
    since,
  };
}
