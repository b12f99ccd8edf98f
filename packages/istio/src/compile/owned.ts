import { type Direction, type Sha256, type WorkloadId, workloadAddress } from '@wasmcast/core';
import { type FilterMeta, readFilterMeta } from '../filter-meta.ts';
import {
  directionAnnotation,
  filtersAnnotation,
  mountsAnnotation,
  workloadAnnotation,
  workloadKey,
} from '../names.ts';
import type { Native, OwnedObject } from '../native.ts';

/** One of our objects, with what its annotations say. */
export interface Owned {
  readonly owned: OwnedObject;
  /** `namespace` and `Kind/name` of the workload that it serves. */
  readonly namespace: string;
  readonly workload: string;
  readonly direction: Direction;
  /** Set for EnvoyFilters. */
  readonly mounts: string | undefined;
  readonly filters: readonly FilterMeta[];
}

/** Read once for each list of objects: every workload of a fleet asks for its own among thousands. */
const known = new WeakMap<
  readonly OwnedObject[],
  { readonly all: readonly Owned[]; readonly byWorkload: ReadonlyMap<string, readonly Owned[]> }
>();

function indexed(objects: readonly OwnedObject[]): NonNullable<ReturnType<typeof known.get>> {
  const found = known.get(objects);
  if (found !== undefined) return found;
  const all = objects.map(readOwned);
  const index = { all, byWorkload: Map.groupBy(all, (o) => `${o.namespace} ${o.workload}`) };
  known.set(objects, index);
  return index;
}

function readOwned(owned: OwnedObject): Owned {
  const { metadata } = owned.object;
  const annotations = metadata.annotations ?? {};
  return {
    owned,
    namespace: metadata.namespace ?? '',
    workload: annotations[workloadAnnotation] ?? '',
    direction: (annotations[directionAnnotation] ?? 'inbound') as Direction,
    mounts: annotations[mountsAnnotation],
    filters: readFilterMeta(annotations[filtersAnnotation]),
  };
}

/** Every EnvoyFilter, WasmPlugin and TrafficExtension of the fleet. */
export function allOwned(native: Pick<Native, 'objects'>): readonly Owned[] {
  return indexed(native.objects).all;
}

/** Those of one workload. */
export function ownedBy(native: Pick<Native, 'objects'>, workload: WorkloadId): readonly Owned[] {
  return indexed(native.objects).byWorkload.get(`${workload.namespace} ${workloadKey(workload)}`) ?? [];
}

/** Address of the workload that an object says it serves. */
export function servedAddress(target: string, owned: Owned): string {
  const [kind = '', ...name] = owned.workload.split('/');
  return workloadAddress({
    target,
    namespace: owned.namespace,
    kind: kind as WorkloadId['kind'],
    name: name.join('/'),
  });
}

/** Digests of the modules that an object needs mounted. */
export function neededDigests(owned: Owned): readonly Sha256[] {
  return owned.mounts === undefined ? [] : owned.filters.map((filter) => filter.moduleDigest);
}
