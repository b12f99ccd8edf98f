import { WasmcastError } from '@wasmcast/core';
import type { Context } from '../context.ts';
import { type FleetFlags, openManifest, openTargets } from '../fleet/open-fleet.ts';
import type { View } from '../views/view.ts';

/** `wasmcast unlock NONCE`: takes the lock from a rollout that died holding it. The nonce makes sure that it is that one. */
export async function unlock(nonce: string, flags: FleetFlags, context: Context, view: View): Promise<void> {
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  const { name } = manifest.fleet;
  for (const target of targets.list) {
    const holder = await target.lock.holder(name, context.signal);
    if (holder?.nonce !== nonce || !(await target.lock.break(name, nonce, context.signal))) continue;
    const text =
      `unlocked: fleet ${name} on ${target.name}, which ${holder.owner} held since ${holder.since}\n` +
      'help: `wasmcast apply` goes on from what is there, `wasmcast abort` goes back\n';
    return view.answer('unlocked', text, { target: target.name, holder });
  }
  throw new WasmcastError('WC-LOCK-003', `no lock of fleet ${name} has the nonce ${nonce}`, {
    help: 'the refused command shows the present one; if none is refused, there is no lock',
  });
}
