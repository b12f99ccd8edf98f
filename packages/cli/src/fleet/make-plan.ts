import type { Plan, RolloutPolicy, Target } from '@wasmcast/core';
import { type Planned, planFleet, planRemoval, planRollback } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import { createFilterSource } from '../modules/filter-source.ts';
import type { View } from '../views/view.ts';
import { endUnplanned } from './end-unplanned.ts';
import type { OpenManifest } from './open-fleet.ts';

/** Plans what the manifest says; shows every remark, and ends the command if the plan is refused. So do the others here. */
export async function makePlan(
  manifest: OpenManifest,
  targets: readonly Target[],
  context: Context,
  view: View,
): Promise<Plan> {
  const { fleet, locate } = manifest;
  const source = createFilterSource(manifest, context, view);
  const { plan, diagnostics } = await view.waiting(
    'planning',
    planFleet({ fleet, targets, source, locate }, context.stop),
  );
  return endUnplanned(plan, diagnostics, view);
}

/** Plans the way out. */
export async function makeRemovalPlan(
  { fleet }: OpenManifest,
  targets: readonly Target[],
  context: Context,
  view: View,
): Promise<Plan> {
  const { plan, diagnostics } = await view.waiting('planning', planRemoval(fleet, targets, context.stop));
  return endUnplanned(plan, diagnostics, view);
}

/**
 * Plans the way back on each target to the revision that `revision` names for it; undefined: the one before. Without `waves`
 * all of it goes back at once.
 */
export async function makeRollbackPlan(
  revision: (target: string) => number | undefined,
  { fleet }: OpenManifest,
  targets: readonly Target[],
  context: Context,
  view: View,
  waves?: RolloutPolicy['waves'],
): Promise<Plan> {
  const plans = targets.map((target) =>
    planRollback(fleet, target, revision(target.name), context.stop, waves),
  );
  const planned = await view.waiting('planning', Promise.all(plans));
  return endUnplanned(
    merged(planned),
    planned.flatMap((p) => p.diagnostics),
    view,
  );
}

function merged(planned: readonly Planned[]): Plan | undefined {
  const plans = planned.flatMap((p) => p.plan ?? []);
  const [first] = plans;
  if (first === undefined || plans.length < planned.length) return undefined;
  // An unfinished one goes on as it began, which need not be so on all: gates then watch them all.
  const { rollout } = plans.find((p) => p.rollout.gates.length > 0) ?? first;
  return { ...first, rollout, cause: joinedCause(plans), targets: plans.flatMap((p) => p.targets) };
}

/** Targets number their revisions each for itself: `rollback to 3 on a; rollback to 2 on b, c`. */
function joinedCause(plans: readonly Plan[]): string {
  const byCause = Map.groupBy(plans, (p) => p.cause);
  if (byCause.size === 1) return [...byCause.keys()].join('');
  const names = (list: readonly Plan[]): string =>
    list.flatMap((p) => p.targets.map((t) => t.target)).join(', ');
  return [...byCause].map(([cause, list]) => `${cause} on ${names(list)}`).join('; ');
}

/** Plans once more what made an unfinished rollout: its cause says what that was. */
export async function makePlanAgain(
  cause: string,
  manifest: OpenManifest,
  targets: readonly Target[],
  context: Context,
  view: View,
): Promise<Plan> {
  if (cause === 'remove') return await makeRemovalPlan(manifest, targets, context, view);
  if (!cause.startsWith('rollback to ')) return await makePlan(manifest, targets, context, view);
  return await makeRollbackPlan((name) => revisionIn(cause, name), manifest, targets, context, view);
}

/** The revision that the cause of a rollback names for a target. */
function revisionIn(cause: string, target: string): number | undefined {
  for (const part of cause.split('; ')) {
    const [, number, names] = /^rollback to (\d+)(?: on (.+))?$/.exec(part) ?? [];
    if (names === undefined || names.split(', ').includes(target))
      return number === undefined ? undefined : Number(number);
  }
  return undefined;
}
