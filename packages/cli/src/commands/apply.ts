import { assertFresh } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import { checkSavedPlan } from '../fleet/check-saved-plan.ts';
import { type FleetFlags, openManifest, openTargets } from '../fleet/open-fleet.ts';
import { hasWork } from '../fleet/has-work.ts';
import { runPlan } from '../fleet/run-plan.ts';
import { planFor, readPlan } from '../fleet/saved-plan.ts';
import { planText } from '../views/plan-text.ts';
import type { View } from '../views/view.ts';
import { makePlan } from '../fleet/make-plan.ts';

/** `wasmcast apply [PLAN]`: makes the targets as the manifest says, or does exactly what a saved plan says. */
export async function apply(
  file: string | undefined,
  flags: FleetFlags,
  context: Context,
  view: View,
): Promise<void> {
  const read = file === undefined ? undefined : await readPlan(file, context.cwd);
  const manifest = await openManifest(flags, context, view);
  const saved =
    read === undefined ? undefined : planFor(read, file ?? '', manifest.fleet, flags.target ?? []);
  const specs = manifest.targets.filter((t) => saved?.targets.some((p) => p.target === t.name) ?? true);
  await using targets = await openTargets(specs, flags, context);
  if (saved !== undefined) {
    view.diagnostics(saved.warnings);
    await checkSavedPlan(saved, manifest, targets.list, context, view);
    await view.waiting('looking again', assertFresh(saved, manifest.fleet, targets.list, context.stop));
  }
  const plan = saved ?? (await makePlan(manifest, targets.list, context, view));
  if (hasWork(plan)) view.preview('plan', (paint) => planText(plan, paint), { plan });
  await runPlan('apply', plan, manifest, targets.list, context, view);
}
