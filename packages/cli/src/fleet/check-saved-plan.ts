import {
  type DesiredFilter,
  type Diagnostic,
  type Plan,
  type Target,
  checkLock,
  hasErrors,
} from '@wasmcast/core';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { signaturePolicy } from '../modules/signature-policy.ts';
import type { View } from '../views/view.ts';
import { exitFor } from './end-unplanned.ts';
import { type OpenLock, openLock } from './lock-file.ts';
import type { OpenManifest } from './open-fleet.ts';
import { filtersOf, signatureFaults } from './signature-faults.ts';

/**
 * Holds a saved plan against the lock, the fleet's rules for signatures and what stands in its way as they are now, as planning
 * did with those of then. Shows what it finds, and ends the command if the plan may not be applied.
 */
export async function checkSavedPlan(
  plan: Plan,
  manifest: OpenManifest,
  targets: readonly Target[],
  context: Context,
  view: View,
): Promise<void> {
  const lock = await openLock(manifest.lock, context);
  const policy = signaturePolicy(manifest.fleet.signatures, context);
  const found: Diagnostic[] = [];
  for (const part of plan.targets) {
    const target = targets.find(({ name }) => name === part.target);
    found.push(...((await target?.obstacles?.(plan.fleet, part.steps, context.stop)) ?? []));
    const spec = manifest.fleet.targets.find((t) => t.name === part.target);
    for (const filter of filtersOf(part.expected, spec)) {
      found.push(...lockFaults(filter, manifest, lock));
      found.push(...(await signatureFaults(filter, lock.lock, policy, context.stop)));
    }
  }
  view.diagnostics(found);
  if (hasErrors(found)) throw new CommandFailed(exitFor(found));
}

/** What the lock says of a filter of the plan. */
function lockFaults(
  { name, moduleDigest: module, image }: DesiredFilter,
  { fleet }: OpenManifest,
  { lock, strict }: OpenLock,
): readonly Diagnostic[] {
  if (lock === undefined) return [];
  const spec = fleet.filters.find((each) => each.name === name);
  if (spec !== undefined)
    return checkLock(lock, { spec, module, ...(image && { image: image.digest }) }, strict);
  return [
    {
      severity: strict ? 'error' : 'warning',
      code: 'WC-LKF-009',
      summary: `the plan runs filter ${name}, which the manifest does not have any more`,
      help: 'make a new plan and look at it again: wasmcast plan -o json > plan.json',
      subject: `filter ${name}`,
    },
  ];
}
