import { type Plan, WasmcastError, writes } from '@wasmcast/core';
import { planRollback } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import { endUnplanned } from '../fleet/end-unplanned.ts';
import { openManifest, openTargets } from '../fleet/open-fleet.ts';
import { runPlan } from '../fleet/run-plan.ts';
import { planText } from '../views/plan-text.ts';
import type { View } from '../views/view.ts';
import type { DryRunFlags } from './remove.ts';

/** `wasmcast rollback [REVISION]`: back to what a revision made live, default the one before the newest. */
export async function rollback(
  revision: string | undefined,
  flags: DryRunFlags,
  context: Context,
  view: View,
): Promise<void> {
  const number = revision === undefined ? undefined : parseRevision(revision);
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  const planned = await view.waiting(
    'planning',
    Promise.all(targets.list.map((target) => planRollback(manifest.fleet, target, number, context.stop))),
  );
  const [first] = planned;
  const whole = first?.plan !== undefined && planned.every((p) => p.plan !== undefined);
  const merged: Plan | undefined = whole
    ? {
        ...first.plan,
        cause: joined(planned.flatMap((p) => p.plan ?? [])),
        targets: planned.flatMap((p) => p.plan?.targets ?? []),
      }
    : undefined;
  const plan = endUnplanned(
    merged,
    planned.flatMap((p) => p.diagnostics),
    view,
  );
  if (flags.dryRun === true) return view.answer('plan', planText(plan, view.paint), { plan });
  if (writes(plan) > 0) view.preview('plan', (paint) => planText(plan, paint), { plan });
  await runPlan('rollback', plan, targets.list, context, view);
}

/** Targets number their revisions each for itself. */
function joined(plans: readonly Plan[]): string {
  const causes = new Set(plans.map((p) => p.cause));
  if (causes.size === 1) return [...causes].join('');
  return plans.map((p) => `${p.cause} on ${p.targets.map((part) => part.target).join(', ')}`).join('; ');
}

function parseRevision(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new WasmcastError('WC-CLI-021', `${JSON.stringify(text)} is not a revision`, {
    exit: 'usage',
    help: 'a revision is a number: `wasmcast history` lists them',
  });
}
