import { exitCodes } from '@wasmcast/core';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { hasWork } from '../fleet/has-work.ts';
import { makePlan } from '../fleet/make-plan.ts';
import { type FleetFlags, openManifest, openTargets } from '../fleet/open-fleet.ts';
import { savedPlan } from '../fleet/saved-plan.ts';
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
  const made = await makePlan(manifest, targets.list, context, view);
  const warnings = [...manifest.warnings, ...made.warnings];
  const whole = { ...made, warnings };
  // Its digest is for who saves it, and that of a large plan takes a while.
  view.document(planText(made, view.paint), view.format === 'json' ? savedPlan(whole) : whole);
  if (flags.detailedExitcode === true && hasWork(made)) throw new CommandFailed(exitCodes.changesPending);
}
