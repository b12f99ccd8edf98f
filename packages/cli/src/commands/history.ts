import { printable } from '@wasmcast/core';
import type { Context } from '../context.ts';
import { type FleetFlags, openManifest, openTargets } from '../fleet/open-fleet.ts';
import { columns, count } from '../views/text.ts';
import type { View } from '../views/view.ts';

/** `wasmcast history`: the revisions of the fleet on each target, newest last. */
export async function history(flags: FleetFlags, context: Context, view: View): Promise<void> {
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  for (const target of targets.list) {
    const revisions = await target.revisions.list(manifest.fleet.name, context.stop);
    const rows = revisions.map((r) => [
      String(r.number),
      printable(r.at),
      printable(r.by),
      printable(r.cause),
      `${count(r.filters.length, 'filter')} on ${count(r.chains.length, 'chain')}`,
      r.source === undefined ? '' : `from ${printable(r.source)}`,
    ]);
    const table =
      rows.length === 0 ? `no revision of fleet ${manifest.fleet.name} on ${target.name}` : columns(rows);
    view.answer('history', `${view.paint.bold(`target ${target.name}`)}\n${table}\n`, {
      target: target.name,
      revisions,
    });
  }
}
