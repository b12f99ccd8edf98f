import type { Plan, TargetPlan } from '@wasmcast/core';

/** True if a plan has something to do: writes, or a rollout that is not over. */
export function hasWork(plan: Plan): boolean {
  return plan.targets.some(targetHasWork);
}

/** The same for one target. */
export function targetHasWork({ steps, unfinished }: TargetPlan): boolean {
  return steps.length > 0 || (unfinished !== undefined && unfinished.phase !== 'went-back');
}
