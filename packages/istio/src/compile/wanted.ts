import {
  type Chain,
  type Change,
  type DesiredFilter,
  type Diagnostic,
  isFetched,
  type Sha256,
  workloadAddress,
} from '@wasmcast/core';
import { kinds } from '../api/kinds.ts';
import { annotationTexts, noFragment, readFragment, type TemplateFragment } from '../fragments.ts';
import { mountsHash, shortHash, userVolume, userVolumeMount } from '../names.ts';
import type { IstioSettings, Native, NativeWorkload } from '../native.ts';
import { knowledgeFor, releaseOfWorkload } from '../versions/workload-release.ts';
import { chainFaults } from './chain-faults.ts';
import { envoyFilter } from './envoy-filter.ts';
import { codes, refuse } from './fault.ts';
import { imageFilter, phaseOf, priorities } from './image-filter.ts';
import { imageKindFor } from './image-kind.ts';
import type { ObjectFragment } from './object.ts';
import { ownedBy } from './owned.ts';
import { chooseMountPath, mountFragment } from './template.ts';
import { workloadFaults } from './workload-faults.ts';

/** What one workload shall have of the fleet. */
export interface WantedWorkload {
  readonly workload: NativeWorkload;
  readonly present: TemplateFragment;
  readonly template: TemplateFragment;
  readonly envoyFilters: readonly ObjectFragment[];
  readonly imageFilters: readonly ObjectFragment[];
  /** Modules that it mounts. */
  readonly digests: readonly Sha256[];
}

/** Sum of all keys and values of an object's annotations. */
const maxAnnotationBytes = 256 * 1024;
/** What etcd takes, with room for what the server adds. */
const maxObjectBytes = 1_000_000;

/** The wanted state of a workload, or the reasons why it cannot be. Undefined: it is gone, and nothing is wanted there. */
export function wantedWorkload(
  chains: readonly Chain[],
  change: Change,
  native: Native,
  settings: IstioSettings,
): { readonly wanted?: WantedWorkload; readonly diagnostics: readonly Diagnostic[] } {
  const [{ workload: id } = { workload: undefined }] = chains;
  if (id === undefined) return { diagnostics: [] };
  const subject = workloadAddress(id);
  const filled = chains.filter((chain) => chain.filters.length > 0);
  const workload = native.workloads.get(subject);
  if (workload === undefined) {
    if (filled.length === 0) return { diagnostics: [] };
    return {
      diagnostics: [
        refuse(codes.noWorkload, subject, `there is no ${id.kind} ${id.name} in namespace ${id.namespace}`),
      ],
    };
  }
  const diagnostics: Diagnostic[] = [];
  const present = readFragment(change.fleet, workload.object);
  if (typeof present === 'string') {
    diagnostics.push(
      refuse(
        codes.annotationMalformed,
        subject,
        `the annotation ${present}`,
        `mend ${userVolume} and ${userVolumeMount} in the pod template: Istio cannot read them either`,
      ),
    );
    return { diagnostics };
  }
  if (filled.length > 0) diagnostics.push(...workloadFaults(workload, native));
  for (const chain of filled) diagnostics.push(...chainFaults(chain, workload, native, settings));

  const digests = mountedDigests(filled);
  const mountPath = chooseMountPath(change.fleet, workload.object, present);
  if (digests.length > 0 && mountPath === undefined) {
    diagnostics.push(
      refuse(
        codes.mountPathTaken,
        subject,
        'somebody else mounts something at, in or around both folders that modules can be mounted at',
        `free /var/local/lib/wasm-filters in ${userVolumeMount}`,
      ),
    );
  }
  if (diagnostics.some((d) => d.severity === 'error') || (digests.length > 0 && mountPath === undefined)) {
    return { diagnostics };
  }
  const matchLabels = workload.object.spec?.selector?.matchLabels ?? {};
  const mounts = mountsHash(id, mountPath ?? '', digests);
  const fleet = change.fleet;
  const envoyFilters = filled.flatMap((chain) => {
    const filters = chain.filters.filter((filter) => filter.delivery === 'configmap');
    if (filters.length === 0 || mountPath === undefined) return [];
    return [
      envoyFilter({
        fleet,
        workload: id,
        direction: chain.direction,
        mounts,
        mountPath,
        matchLabels,
        filters,
        known: knowledgeFor(releaseOfWorkload(workload, native)),
      }),
    ];
  });
  const imageFilters = filled.flatMap((chain) => imageObjects(chain, workload, native, fleet, settings));
  const template =
    digests.length === 0 || mountPath === undefined
      ? noFragment
      : mountFragment({ fleet, mounts, mountPath, digests });
  diagnostics.push(...sizeFaults(subject, workload, template, [...envoyFilters, ...imageFilters]));
  return { wanted: { workload, present, template, envoyFilters, imageFilters, digests }, diagnostics };
}

function mountedDigests(chains: readonly Chain[]): readonly Sha256[] {
  const all = chains
    .flatMap((chain) => chain.filters)
    .filter((filter) => filter.delivery === 'configmap')
    .map((filter) => filter.moduleDigest);
  return [...new Set(all)].toSorted();
}

function imageObjects(
  chain: Chain,
  workload: NativeWorkload,
  native: Native,
  fleet: string,
  settings: IstioSettings,
): readonly ObjectFragment[] {
  const filters = chain.filters.filter(isFetched);
  const kind = imageKindFor(workload, native, settings);
  const known = knowledgeFor(releaseOfWorkload(workload, native));
  // An EnvoyFilter's priority means the opposite, and counts among EnvoyFilters only.
  const images = ownedBy(native.owned, chain.workload).filter(
    (o) => o.direction === chain.direction && o.owned.kind !== kinds.EnvoyFilter,
  );
  const standing = new Map(
    images.flatMap(({ owned, filters: [filter] }) =>
      filter === undefined ? [] : [[filter.name, Number(owned.object.spec?.['priority'] ?? 0)] as const],
    ),
  );
  const offset = Number.parseInt(shortHash(fleet).slice(0, 4), 16) % 500;
  const byPhase = Map.groupBy(filters, (filter) => phaseOf(filter));
  const placed = new Map<string, number>();
  for (const group of byPhase.values()) {
    const names = group.map((filter) => filter.name);
    for (const [name, priority] of priorities(names, standing, offset)) placed.set(name, priority);
  }
  return filters.map((filter: DesiredFilter) =>
    imageFilter({
      kind,
      known,
      fleet,
      workload: chain.workload,
      direction: chain.direction,
      matchLabels: workload.object.spec?.selector?.matchLabels ?? {},
      filter,
      priority: placed.get(filter.name) ?? 0,
    }),
  );
}

function sizeFaults(
  subject: string,
  workload: NativeWorkload,
  template: TemplateFragment,
  objects: readonly ObjectFragment[],
): readonly Diagnostic[] {
  const faults = objects
    .filter((object) => Buffer.byteLength(JSON.stringify(object)) > maxObjectBytes)
    .map((object) =>
      refuse(
        codes.objectTooLarge,
        subject,
        `its ${object.kind} would be over ${maxObjectBytes} bytes`,
        'make the configurations smaller, or split the chain over two fleets',
      ),
    );
  const annotations = workload.object.spec?.template?.metadata?.annotations ?? {};
  const texts = annotationTexts(workload.object);
  const standing = Object.entries(annotations).reduce((sum, [k, v]) => sum + Buffer.byteLength(k + v), 0);
  const added = Buffer.byteLength(JSON.stringify([template.volume, template.mount]));
  if (template.volume !== null && standing + added + userVolume.length * 2 > maxAnnotationBytes) {
    faults.push(
      refuse(
        codes.objectTooLarge,
        subject,
        `the annotations of its pod template would be over ${maxAnnotationBytes} bytes (${texts.volume?.length ?? 0} of them in ${userVolume})`,
        'deliver some of the filters as images',
      ),
    );
  }
  return faults;
}
