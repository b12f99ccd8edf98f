import {
  type InstanceChains,
  type Target,
  WasmcastError,
  type WorkloadKind,
  type WorkloadPlace,
} from '@wasmcast/core';
import type { Context } from '../context.ts';
import { type FleetFlags, openManifest, openTargets } from '../fleet/open-fleet.ts';
import { chainsText } from '../views/chains-text.ts';
import type { View } from '../views/view.ts';

/**
 * `wasmcast status --chain`: every filter of the proxies, in order, whoever put it there. `workload` names one; undefined:
 * all that the fleet is on.
 */
export async function statusChain(
  workload: string | undefined,
  flags: FleetFlags,
  context: Context,
  view: View,
): Promise<void> {
  const place = workload === undefined ? undefined : parsePlace(workload);
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  const asked = targets.list.filter((target) => target.effective !== undefined);
  if (asked.length === 0) {
    throw new WasmcastError('WC-CLI-090', 'none of these targets has proxies with filters of others', {
      exit: 'usage',
      help: '`wasmcast status` shows what they run',
    });
  }
  let instances = 0;
  for (const target of asked) {
    const places = place === undefined ? await installedPlaces(manifest, target, context, view) : [place];
    const reading = readAll(target.effective?.(places, context.stop), (chains) => {
      if (view.format === 'json') view.answer('chains', '', { target: target.name, ...chains });
    });
    const all = await view.waiting(`reading the proxies on ${target.name}`, reading);
    instances += all.length;
    if (view.format === 'text') view.answer('chains', chainsText(target.name, all, view.paint), {});
  }
  view.summary({ fleet: manifest.fleet.name, instances });
}

const kinds: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** `namespace/name` or `namespace/kind/name`. */
function parsePlace(text: string): WorkloadPlace {
  const parts = text.split('/');
  const [namespace = '', ...rest] = parts;
  const name = rest.at(-1) ?? '';
  const kind = rest.length === 2 ? kinds.find((k) => k.toLowerCase() === rest[0]?.toLowerCase()) : undefined;
  if (namespace === '' || name === '' || rest.length > 2 || (rest.length === 2 && kind === undefined)) {
    throw new WasmcastError('WC-CLI-091', `${text} does not name a workload`, {
      exit: 'usage',
      help: 'write NAMESPACE/WORKLOAD or NAMESPACE/KIND/WORKLOAD, e.g. foo/frontpage-v1',
    });
  }
  return { namespace, name, ...(kind !== undefined && { kind }) };
}

/** The workloads that have something of the fleet. */
async function installedPlaces(
  { fleet }: Awaited<ReturnType<typeof openManifest>>,
  target: Target,
  context: Context,
  view: View,
): Promise<readonly WorkloadPlace[]> {
  const selectors = fleet.bindings.filter((b) => b.target === target.name).map((b) => b.select);
  const observed = await target.observe({ fleet: fleet.name, selectors }, context.stop);
  view.diagnostics(observed.diagnostics);
  return observed.workloads.filter((w) => w.instances.length > 0).map(({ id }) => id);
}

async function readAll(
  source: AsyncIterable<InstanceChains> | undefined,
  each: (chains: InstanceChains) => void,
): Promise<readonly InstanceChains[]> {
  const all: InstanceChains[] = [];
  for await (const item of source ?? []) {
    all.push(item);
    each(item);
  }
  return all;
}
