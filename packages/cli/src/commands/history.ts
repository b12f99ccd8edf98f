import type { Context } from '../context.ts';
import { type FleetFlags, openManifest, openTargets } from '../fleet/open-fleet.ts';
import { historyText, whatChanged } from '../views/history-text.ts';
import type { View } from '../views/view.ts';

/** `wasmcast history`: the revisions of the fleet on each target, newest last. */
export async function history(flags: FleetFlags, context: Context, view: View): Promise<void> {
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  const { name: fleet } = manifest.fleet;
  for (const target of targets.list) {
    const revisions = await target.revisions.list(fleet, context.stop);
    view.answer('history', historyText(fleet, target.name, revisions, view.paint), {
      target: target.name,
      revisions: revisions.map((revision, i) => ({
        ...revision,
        changed: whatChanged(revisions[i - 1], revision),
      })),
    });
  }
}
