import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Plan, WasmcastError, parsePlan, writes } from '@wasmcast/core';
import { assertFresh } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import { type FleetFlags, openManifest, openTargets } from '../fleet/open-fleet.ts';
import { runPlan } from '../fleet/run-plan.ts';
import { planText } from '../views/plan-text.ts';
import { paint } from '../views/text.ts';
import type { View } from '../views/view.ts';
import { makePlan } from './plan.ts';

/** A saved plan larger than this is refused unread: 16 modules of a ConfigMap's limit fit. */
const maxPlanBytes = 64 * 1024 * 1024;

/** `wasmcast apply [PLAN]`: makes the targets as the manifest says, or does exactly what a saved plan says. */
export async function apply(
  file: string | undefined,
  flags: FleetFlags,
  context: Context,
  view: View,
): Promise<void> {
  const saved = file === undefined ? undefined : await readPlan(file, context);
  const manifest = await openManifest(flags, context, view);
  const specs =
    saved === undefined
      ? manifest.targets
      : manifest.targets.filter((t) => saved.targets.some((p) => p.target === t.name));
  await using targets = await openTargets(specs, flags, context);
  if (saved !== undefined) await assertFresh(saved, manifest.fleet, targets.list, context.signal);
  const plan = saved ?? (await makePlan(manifest, targets, context, view));
  if (writes(plan) > 0) view.progress('plan', planText(plan, paint(false)), { plan });
  await runPlan('apply', plan, targets.list, context, view);
}

async function readPlan(file: string, context: Context): Promise<Plan> {
  const full = path.resolve(context.cwd, file);
  const info = await stat(full).catch(() => undefined);
  if (info === undefined || info.size > maxPlanBytes) {
    throw new WasmcastError(
      'WC-PLAN-012',
      info === undefined ? `there is no plan ${file}` : `the plan ${file} is larger than 64 MiB`,
      {
        exit: 'invalid',
        help: 'make one: wasmcast plan -o json > plan.json',
      },
    );
  }
  const parsed = parsePlan(await readFile(full, 'utf8'));
  if (parsed.kind === 'plan') return parsed.plan;
  throw new WasmcastError('WC-PLAN-013', `${file} is not a plan: ${parsed.reason}`, {
    exit: 'invalid',
    help: 'make a new one: wasmcast plan -o json > plan.json',
  });
}
