import { type Fleet, type Moved, type Plan, type Target, WasmcastError, movedSince } from '@wasmcast/core';
import { selectorsFor } from './view.ts';

const words: Readonly<Record<Moved['how'], string>> = {
  came: 'is selected by now and not in the plan',
  gone: 'is not there any more',
  changed: 'changed',
};

/** Of the workloads that moved, so many are named. */
const namedAtMost = 5;

/**
 * Before a saved plan is applied: looks at each target again and throws `WC-PLAN-010` if a workload changed since,
 * or selectors mean others than those that the plan names.
 * (Each step checks its own object once more when it is applied.)
 */
export async function assertFresh(
  plan: Plan,
  fleet: Fleet,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<void> {
  const moved: Moved[] = [];
  for (const target of targets) {
    const part = plan.targets.find((p) => p.target === target.name);
    if (part === undefined) continue;
    const selectors = selectorsFor(fleet, target);
    moved.push(...movedSince(part, await target.observe({ fleet: plan.fleet, selectors }, signal)));
  }
  if (moved.length === 0) return;
  const more = moved.length > namedAtMost ? `, and ${moved.length - namedAtMost} more` : '';
  const told = moved.slice(0, namedAtMost).map(({ workload, how }) => `${workload} ${words[how]}`);
  const names = `${told.join(', ')}${more}`;
  throw new WasmcastError('WC-PLAN-010', `the world moved since this plan was made: ${names}`, {
    help: 'make a new plan and look at it again: wasmcast plan -o json > plan.json',
  });
}
