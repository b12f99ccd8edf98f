import type { Context } from '../context.ts';
import { hasWork } from '../fleet/has-work.ts';
import { makeRemovalPlan } from '../fleet/make-plan.ts';
import { type FleetFlags, openManifest, openTargets } from '../fleet/open-fleet.ts';
import { runPlan } from '../fleet/run-plan.ts';
import { planText } from '../views/plan-text.ts';
import type { View } from '../views/view.ts';

/** Flags of commands that can show their plan instead of doing it. */
export interface DryRunFlags extends FleetFlags {
  readonly dryRun?: boolean;
}

/** `wasmcast remove`: takes the whole fleet out of its targets, with its history; what others own stays as it is. */
export async function remove(flags: DryRunFlags, context: Context, view: View): Promise<void> {
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  const plan = await makeRemovalPlan(manifest, targets.list, context, view);
  if (flags.dryRun === true) return view.answer('plan', planText(plan, view.paint), { plan });
  if (hasWork(plan)) view.preview('plan', (paint) => planText(plan, paint), { plan });
  await runPlan('remove', plan, manifest, targets.list, context, view);
}
