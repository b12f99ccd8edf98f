import {
  type Fleet,
  type RolloutRecord,
  type Target,
  type TargetPlan,
  rolloutChains,
  unfinishedFor,
} from '@wasmcast/core';
import { type Planned, planned } from './planned.ts';

/**
 * The plan under which the unfinished rollouts of these targets go back, with `order: 'abort'`. It is made of what the
 * targets remember alone: no module, no registry, and a manifest that says something else by now is not in the way.
 * Targets that remember none are left out, and those that went back already.
 */
export async function planAbort(
  fleet: Fleet,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<Planned> {
  const stored = await Promise.all(targets.map((target) => target.rollouts.read(fleet.name, signal)));
  const parts = stored.flatMap((s) =>
    s === undefined || s.record.phase === 'went-back' ? [] : [partOf(s.record)],
  );
  return planned(fleet, 'abort', parts, [], 'back');
}

function partOf(record: RolloutRecord): TargetPlan {
  const { wanted, previous } = rolloutChains(record);
  return {
    target: record.target,
    actions: [],
    steps: [],
    expected: wanted,
    previous,
    waves: record.waves,
    unfinished: unfinishedFor(record, wanted),
    restarts: [],
    versions: [],
    instances: record.waves.reduce((sum, wave) => sum + wave.instances, 0),
    seen: {},
  };
}
