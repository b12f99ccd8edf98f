import { type Revision, type Target, WasmcastError, diffRevisions } from '@wasmcast/core';
import type { Context } from '../context.ts';
import { type FleetFlags, openManifest, openTargets } from '../fleet/open-fleet.ts';
import { parseRevision } from '../fleet/parse-revision.ts';
import { diffText } from '../views/diff-text.ts';
import type { View } from '../views/view.ts';

/** `wasmcast diff [FROM] [TO]`: what two revisions made live differently, by default the newest and the one before it. */
export async function diff(
  from: string | undefined,
  to: string | undefined,
  flags: FleetFlags,
  context: Context,
  view: View,
): Promise<void> {
  const first = from === undefined ? undefined : parseRevision(from);
  const second = to === undefined ? undefined : parseRevision(to);
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  const { name: fleet } = manifest.fleet;
  for (const target of targets.list) {
    const revisions = await target.revisions.list(fleet, context.stop);
    const before = find(fleet, target, revisions, first ?? revisions.at(-2)?.number);
    const after = find(fleet, target, revisions, second ?? revisions.at(-1)?.number);
    const actions = diffRevisions(before, after);
    view.answer('diff', diffText(target.name, before, after, actions, view.paint), {
      target: target.name,
      from: before.number,
      to: after.number,
      actions,
    });
  }
}

function find(
  fleet: string,
  target: Target,
  revisions: readonly Revision[],
  number: number | undefined,
): Revision {
  const found = revisions.find((revision) => revision.number === number);
  if (found !== undefined) return found;
  const which = number === undefined ? 'two revisions to compare' : `revision ${number}`;
  const known = revisions.map((revision) => revision.number).join(', ');
  throw new WasmcastError('WC-ROLL-001', `fleet ${fleet} has no ${which} on ${target.name}`, {
    help: known === '' ? 'nothing was rolled out yet' : `it has: ${known}`,
  });
}
