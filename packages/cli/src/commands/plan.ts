import { type Plan, exitCodes, writes } from '@wasmcast/core';
import { planFleet } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import {
  type FleetFlags,
  type OpenManifest,
  type OpenTargets,
  openManifest,
  openTargets,
} from '../fleet/open-fleet.ts';
import { endUnplanned } from '../fleet/end-unplanned.ts';
import { savedPlan } from '../fleet/saved-plan.ts';
import { createFilterSource } from '../modules/filter-source.ts';
import { planText } from '../views/plan-text.ts';
import type { View } from '../views/view.ts';

/** Flags of `plan`. */
export interface PlanFlags extends FleetFlags {
  readonly detailedExitcode?: boolean;
}

/** `wasmcast plan`: what `apply` would do. `-o json` prints the plan itself, to be saved and applied. */
export async function plan(flags: PlanFlags, context: Context, view: View): Promise<void> {
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  const made = await makePlan(manifest, targets, context, view);
  const warnings = [...manifest.warnings, ...made.warnings];
  view.document(planText(made, view.paint), savedPlan({ ...made, warnings }));
  if (flags.detailedExitcode === true && writes(made) > 0) throw new CommandFailed(exitCodes.changesPending);
}

/** Plans for opened targets; shows every remark, and ends the command if the plan is refused. */
export async function makePlan(
  manifest: OpenManifest,
  targets: OpenTargets,
  context: Context,
  view: View,
): Promise<Plan> {
  const source = createFilterSource(manifest, context, view);
  const { plan: made, diagnostics } = await view.waiting(
    'planning',
    planFleet(
      { fleet: manifest.fleet, targets: targets.list, source, locate: manifest.locate },
      context.stop,
    ),
  );
  return endUnplanned(made, diagnostics, view);
}
