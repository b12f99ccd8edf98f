import path from 'node:path';
import { type TargetSpec, hasErrors } from '@wasmcast/core';
import { renderFleet } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { exitFor } from '../fleet/end-unplanned.ts';
import { type FleetFlags, openManifest, openTargets } from '../fleet/open-fleet.ts';
import { renderedFiles, yamlOf } from '../fleet/rendered-files.ts';
import { writeFolder } from '../fleet/write-folder.ts';
import { createFilterSource } from '../modules/filter-source.ts';
import { count } from '../views/text.ts';
import type { View } from '../views/view.ts';

/** Flags of `render`. */
export interface RenderFlags extends FleetFlags {
  readonly outputDir?: string;
}

/** `wasmcast render`: the objects and template patches that apply would leave, for those who deliver by GitOps. */
export async function render(flags: RenderFlags, context: Context, view: View): Promise<void> {
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  const source = createFilterSource(manifest, context, view);
  const input = { fleet: manifest.fleet, targets: targets.list, source, locate: manifest.locate };
  const rendered = await view.waiting('planning', renderFleet(input, context.stop));
  const { objects, patches, diagnostics } = rendered;
  view.diagnostics(diagnostics);
  if (hasErrors(diagnostics)) throw new CommandFailed(exitFor(diagnostics));
  if (objects.length === 0) view.progress('nothing', nothingText(manifest.targets));
  if (flags.outputDir === undefined) {
    const yaml = [...objects, ...patches].map((object) => `---\n${yamlOf(object)}`).join('');
    view.answer('objects', yaml, { objects, patches });
    return;
  }
  const files = renderedFiles(rendered);
  await writeFolder(path.resolve(context.cwd, flags.outputDir), files);
  view.answer(
    'files',
    `rendered: ${count(objects.length, 'object')} and ${patches.length} template ${patches.length === 1 ? 'patch' : 'patches'} in ${flags.outputDir}\n`,
    { folder: flags.outputDir, files: [...files.keys()] },
  );
}

/** Why there is nothing to print: an empty answer looks like a fault. */
function nothingText(targets: readonly TargetSpec[]): string {
  const names = targets.map((t) => t.name).join(', ');
  return targets.every((t) => t.kind === 'local')
    ? `nothing to render: an embedded mesh (${names}) has no objects`
    : `nothing to render: apply would leave no object on ${names}`;
}
