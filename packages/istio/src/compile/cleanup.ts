import { type Change, type Sha256, type Step } from '@wasmcast/core';
import { configMapName, mountsLabel } from '../names.ts';
import type { Native } from '../native.ts';
import { observedFragment } from './object.ts';
import { nameKey, neededDigests, servedAddress } from './owned.ts';
import { deleteModuleStep, deleteProbeStep, objectStep } from './steps.ts';
import type { WantedWorkload } from './wanted.ts';

/**
 * Deletes what neither the wanted state nor a retained revision names. Each deletion checks once more, when it runs, that
 * no pod uses the thing: these steps run last, after every pod was seen as wanted.
 */
export function cleanupSteps(
  change: Change,
  wanted: readonly WantedWorkload[],
  native: Native,
  target: string,
): readonly Step[] {
  const wantedNames = new Set(wanted.flatMap((w) => [...w.envoyFilters, ...w.imageFilters].map(nameKey)));
  const retained = new Set<Sha256>(change.removeAll ? [] : change.retained);
  const labels = new Map(
    wanted.map((w) => [
      `${w.workload.id.namespace} ${w.workload.id.kind}/${w.workload.id.name}`,
      w.template.label,
    ]),
  );
  const label = mountsLabel(change.fleet);
  const steps: Step[] = [];
  const moduleKey = (namespace: string, digest: Sha256): string =>
    `${namespace} ${configMapName(change.fleet, digest)}`;
  const needed = new Set<string>(
    wanted.flatMap((w) => w.digests.map((digest) => moduleKey(w.workload.id.namespace, digest))),
  );
  const retainedNames = new Set([...retained].map((digest) => configMapName(change.fleet, digest)));
  for (const o of native.owned.all) {
    const { kind, object } = o.owned;
    const before = observedFragment(kind, object);
    if (wantedNames.has(nameKey(before))) continue;
    const served = native.workloads.get(servedAddress(target, o));
    const digests = neededDigests(o);
    if (served !== undefined) {
      // What serves a workload that is there is dealt with in its own steps, but for filters on former mounts.
      if (o.mounts === undefined) continue;
      if (labels.get(`${o.namespace} ${o.workload}`) === o.mounts) continue;
      if (digests.length > 0 && digests.every((digest) => retained.has(digest))) {
        for (const digest of digests) needed.add(moduleKey(o.namespace, digest));
        continue;
      }
    }
    steps.push(
      objectStep({
        stage: 'cleanup',
        workload: undefined,
        before,
        after: undefined,
        live: object.metadata,
        note:
          served === undefined && o.workload !== '' ? `${o.workload} is gone` : 'no pod needs it any more',
        ...(o.mounts !== undefined && { unused: { label, value: o.mounts } }),
      }),
    );
  }
  for (const module of native.modules) {
    const { name } = module.metadata;
    if (needed.has(`${module.namespace} ${name}`) || retainedNames.has(name)) continue;
    steps.push(deleteModuleStep(module, label));
  }
  return [...steps, ...native.leftProbes.map(deleteProbeStep)];
}
