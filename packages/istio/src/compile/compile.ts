import {
  type Change,
  type Compiled,
  type Diagnostic,
  hasErrors,
  isArray,
  jsonEquals,
  type JsonValue,
  type Sha256,
  type Step,
  workloadAddress,
} from '@wasmcast/core';
import { readFilterMeta } from '../filter-meta.ts';
import { configMapName, directionAnnotation, filtersAnnotation, mountsLabel } from '../names.ts';
import type { IstioSettings, Native } from '../native.ts';
import { unrecordable } from '../state/packed-revision.ts';
import { withWriter } from './changed-by.ts';
import { cleanupSteps } from './cleanup.ts';
import { envFaults } from './env-faults.ts';
import { codes, refuse } from './fault.ts';
import { type ObjectFragment, observedFragment, sameFragment } from './object.ts';
import { nameKey, type Owned, ownedBy } from './owned.ts';
import { rightsFaults } from './rights-faults.ts';
import { createModuleStep, objectStep, templateStep } from './steps.ts';
import { releaseRemarks } from './version-faults.ts';
import { keeperRemarks } from '../gitops/keeper-remarks.ts';
import { type WantedWorkload, wantedWorkload } from './wanted.ts';

/** The writes from what was observed to what is wanted, or every reason why there are none. Pure. */
export function compile(
  change: Change,
  native: Native,
  settings: IstioSettings,
  modules: ReadonlyMap<Sha256, Uint8Array>,
): Compiled {
  const { steps, diagnostics } = compileSteps(change, native, settings, modules);
  if (hasErrors(diagnostics)) return { steps: [], diagnostics };
  const more = [
    ...rightsFaults(steps, change, native, settings),
    ...keeperRemarks(change.fleet, steps, native),
  ];
  const named = hasErrors(more) ? [] : steps.map((step) => withWriter(step, native));
  return { steps: named, diagnostics: [...diagnostics, ...more] };
}

/** The same, whoever will write it: without a look at rights, and at what others keep. */
export function compileSteps(
  change: Change,
  native: Native,
  settings: IstioSettings,
  modules: ReadonlyMap<Sha256, Uint8Array>,
): Compiled {
  const diagnostics: Diagnostic[] = [];
  const wanted: WantedWorkload[] = [];
  for (const chains of Map.groupBy(change.chains, (chain) => workloadAddress(chain.workload)).values()) {
    const result = wantedWorkload(chains, change, native, settings);
    diagnostics.push(...result.diagnostics);
    if (result.wanted !== undefined) wanted.push(result.wanted);
  }
  const prepare = moduleSteps(change, wanted, native, modules, diagnostics);
  const changes = wanted.flatMap((w) => workloadSteps(change.fleet, w, native, diagnostics));
  const tooLarge = change.removeAll ? undefined : unrecordable(change.fleet, settings.target, change.chains);
  if (tooLarge !== undefined) {
    diagnostics.push(
      refuse(
        codes.revisionTooLarge,
        `fleet ${change.fleet}`,
        `its revision could not be stored once all is live: ${tooLarge}`,
        'split the fleet in two, or make the configurations smaller',
      ),
    );
  }
  diagnostics.push(...releaseRemarks(change.chains, native, settings.target));
  if (hasErrors(diagnostics)) return { steps: [], diagnostics };
  const steps = [...prepare, ...changes, ...cleanupSteps(change, wanted, native, settings.target)];
  return { steps, diagnostics };
}

function moduleSteps(
  change: Change,
  wanted: readonly WantedWorkload[],
  native: Native,
  modules: ReadonlyMap<Sha256, Uint8Array>,
  diagnostics: Diagnostic[],
): readonly Step[] {
  // A pod mounts it by its name: a copy under another name is no help.
  const there = new Set(native.modules.map((m) => `${m.namespace} ${m.metadata.name}`));
  const steps: Step[] = [];
  for (const { workload, digests } of wanted) {
    for (const digest of digests) {
      const { namespace } = workload.id;
      const key = `${namespace} ${configMapName(change.fleet, digest)}`;
      if (there.has(key)) continue;
      const users = change.chains.flatMap((c) => c.filters).filter((f) => f.moduleDigest === digest);
      const names = [...new Set(users.map((filter) => filter.name))];
      const bytes = modules.get(digest);
      if (bytes === undefined) {
        diagnostics.push(
          refuse(
            codes.noModule,
            workloadAddress(workload.id),
            `the module of ${names.join(', ')} (sha256:${digest}) is neither at hand nor in namespace ${namespace}`,
            'plan from the manifest that has the module',
          ),
        );
        continue;
      }
      there.add(key);
      steps.push(createModuleStep(change.fleet, namespace, digest, bytes, names));
    }
  }
  return steps;
}

/** New filters before old ones go; filters that need a file before the pods that have it. */
function workloadSteps(
  fleet: string,
  wanted: WantedWorkload,
  native: Native,
  diagnostics: Diagnostic[],
): readonly Step[] {
  const { workload, present, template } = wanted;
  const address = workloadAddress(workload.id);
  const owned = ownedBy(native.owned, workload.id);
  diagnostics.push(...kindFaults(fleet, wanted, owned, address));

  const steps: Step[] = [];
  for (const after of [...wanted.envoyFilters, ...wanted.imageFilters]) {
    const standing = native.owned.byName.get(nameKey(after));
    const before = standing && observedFragment(standing.owned.kind, standing.owned.object);
    diagnostics.push(...envFaults(before, after, address));
    if (before !== undefined && sameFragment(before, after)) continue;
    const note = noteOf(after);
    const live = standing?.owned.object.metadata;
    steps.push(objectStep({ stage: 'change', workload: address, before, after, live, note }));
  }
  if (!jsonEquals(present as unknown as JsonValue, template as unknown as JsonValue)) {
    const count = wanted.digests.length;
    const note = count === 0 ? 'unmount the modules' : `mount ${count} module${count === 1 ? '' : 's'}`;
    steps.push(templateStep(fleet, workload, present, template, note));
  }
  const kept = new Set([...wanted.envoyFilters, ...wanted.imageFilters].map(nameKey));
  for (const o of owned) {
    const { kind, object } = o.owned;
    const before = observedFragment(kind, object);
    if (kept.has(nameKey(before))) continue;
    // An EnvoyFilter for other mounts stays until the pods that have those are gone: that is for the clean-up.
    if (o.mounts !== undefined && o.mounts !== template.label) continue;
    const live = object.metadata;
    steps.push(
      objectStep({
        stage: 'change',
        workload: address,
        before,
        after: undefined,
        live,
        note: noteOf(before),
      }),
    );
  }
  return steps;
}

/**
 * How a live filter is delivered never changes by the way: for a moment it would run twice, or not at all. Live is also
 * what pods on their way out still run: an image reaches every pod of the workload, theirs too.
 */
function kindFaults(
  fleet: string,
  wanted: WantedWorkload,
  owned: readonly Owned[],
  subject: string,
): readonly Diagnostic[] {
  const label = mountsLabel(fleet);
  const mounted = new Set(wanted.workload.pods.map((pod) => pod.metadata.labels?.[label]));
  const live = new Map<string, string>();
  for (const o of owned) {
    if (o.mounts !== undefined && o.mounts !== wanted.present.label && !mounted.has(o.mounts)) continue;
    for (const filter of o.filters) live.set(`${o.direction} ${filter.name}`, o.owned.kind.kind);
  }
  const faults: Diagnostic[] = [];
  for (const object of [...wanted.envoyFilters, ...wanted.imageFilters]) {
    for (const [key, name] of filterKeys(object)) {
      const standing = live.get(key);
      if (standing === undefined || standing === object.kind) continue;
      faults.push(
        refuse(
          codes.kindChanges,
          subject,
          `filter ${name} is live by ${standing} and would change to ${object.kind}: meanwhile it would run twice`,
          object.kind !== 'EnvoyFilter' && standing !== 'EnvoyFilter'
            ? `set imageResource: ${standing}, or take the filter out and apply before you change it`
            : 'take the filter out of the binding and apply until all is live, then put it back with the new delivery',
        ),
      );
    }
  }
  return faults;
}

function filterKeys(object: ObjectFragment): readonly (readonly [key: string, name: string])[] {
  const { annotations } = object.metadata;
  const direction = annotations[directionAnnotation] ?? 'inbound';
  return readFilterMeta(annotations[filtersAnnotation]).map(({ name }) => [`${direction} ${name}`, name]);
}

function noteOf(object: ObjectFragment): string {
  const names = filterKeys(object).map(([, name]) => name);
  const patches = object.spec['configPatches'];
  const count = patches !== undefined && isArray(patches) ? patches.length : 1;
  return names.length === 0 ? `${count} filters` : names.join(', ');
}
