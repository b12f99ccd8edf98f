import { type Plan, type RolloutRecord, WasmcastError } from '@wasmcast/core';

/** The rollout of a target, as it stood when a person decided about it. */
export type Seen = Pick<RolloutRecord, 'target' | 'id' | 'version'>;

/**
 * Throws `WC-ROLL-011` unless the plan is of the very rollouts that were seen, where they stood then: what a person says of a
 * wave that waits is not meant for the next one, and not for another rollout.
 */
export function assertSeen(plan: Plan, seen: readonly Seen[]): void {
  const moved = seen.find(({ target, id, version }) => {
    const found = plan.targets.find((part) => part.target === target)?.unfinished;
    return found?.id !== id || found.version !== version;
  });
  if (moved === undefined) return;
  throw new WasmcastError(
    'WC-ROLL-011',
    `the rollout of fleet ${plan.fleet} on ${moved.target} moved since it was looked at`,
    { help: 'look at `wasmcast status`, and run the command again' },
  );
}
