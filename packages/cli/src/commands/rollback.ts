import type { Context } from '../context.ts';
import { hasWork } from '../fleet/has-work.ts';
import { makeRollbackPlan } from '../fleet/make-plan.ts';
import { openManifest, openTargets } from '../fleet/open-fleet.ts';
import { parseRevision } from '../fleet/parse-revision.ts';
import { runPlan } from '../fleet/run-plan.ts';
import { planText } from '../views/plan-text.ts';
import type { View } from '../views/view.ts';
import type { DryRunFlags } from './remove.ts';

/**
 * `wasmcast rollback [REVISION]`: back to what a revision made live, default the one before the newest; at once, or in the
 * manifest's waves.
 */
export async function rollback(
  revision: string | undefined,
  flags: DryRunFlags & { readonly waves?: boolean },
  context: Context,
  view: View,
): Promise<void> {
  const number = revision === undefined ? undefined : parseRevision(revision);
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  const waves = flags.waves === true ? manifest.fleet.rollout.waves : undefined;
  const plan = await makeRollbackPlan(() => number, manifest, targets.list, context, view, waves);
  if (flags.dryRun === true) return view.answer('plan', planText(plan, view.paint), { plan });
  if (hasWork(plan)) view.preview('plan', (paint) => planText(plan, paint), { plan });
  await runPlan('rollback', plan, manifest, targets.list, context, view);
}
