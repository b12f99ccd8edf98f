import { stringify } from 'yaml';
import { type TargetSpec, hasErrors } from '@wasmcast/core';
import { renderFleet } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { exitFor } from '../fleet/end-unplanned.ts';
import { type FleetFlags, openManifest, openTargets } from '../fleet/open-fleet.ts';
import { createFilterSource } from '../modules/filter-source.ts';
import type { View } from '../views/view.ts';

/** `wasmcast render`: the objects and template patches that apply would leave, for those who deliver by GitOps. */
export async function render(flags: FleetFlags, context: Context, view: View): Promise<void> {
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  const source = createFilterSource(manifest, context, view);
  const input = { fleet: manifest.fleet, targets: targets.list, source, locate: manifest.locate };
  const { objects, diagnostics } = await view.waiting('planning', renderFleet(input, context.stop));
  view.diagnostics(diagnostics);
  if (hasErrors(diagnostics)) throw new CommandFailed(exitFor(diagnostics));
  if (objects.length === 0) view.progress('nothing', nothingText(manifest.targets));
  const yaml = objects.map((object) => `---\n${stringify(object)}`).join('');
  view.answer('objects', yaml, { objects });
}

/** Why there is nothing to print: an empty answer looks like a fault. */
function nothingText(targets: readonly TargetSpec[]): string {
  const names = targets.map((t) => t.name).join(', ');
  return targets.every((t) => t.kind === 'local')
    ? `nothing to render: an embedded mesh (${names}) has no objects`
    : `nothing to render: apply would leave no object on ${names}`;
}
