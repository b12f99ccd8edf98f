import { type Direction, type Sha256, type WorkloadId, workloadAddress } from '@wasmcast/core';
import type { Kind } from '../api/kinds.ts';
import type { SpecObject } from '../api/objects.ts';
import { type FilterMeta, readFilterMeta } from '../filter-meta.ts';
import { filtersAnnotation, workloadKey } from '../names.ts';
import { served } from './served.ts';

/** An EnvoyFilter, WasmPlugin or TrafficExtension of the fleet. */
export interface OwnedObject {
  readonly kind: Kind;
  readonly object: SpecObject;
}

/** One of our objects, with what its annotations say. */
export interface Owned {
  readonly owned: OwnedObject;
  /** `namespace` and `Kind/name` of the workload that it serves; empty if nothing tells which. */
  readonly namespace: string;
  readonly workload: string;
  readonly direction: Direction;
  /** Set for EnvoyFilters. */
  readonly mounts: string | undefined;
  readonly filters: readonly FilterMeta[];
}

/** The objects of a fleet, read once: every workload asks for its own among thousands. */
export interface OwnedIndex {
  readonly all: readonly Owned[];
  readonly byWorkload: ReadonlyMap<string, readonly Owned[]>;
  readonly byName: ReadonlyMap<string, Owned>;
}

/** Reads the fleet's objects; `workloads` are those that an object may serve although its annotations do not say so. */
export function indexOwned(
  fleet: string,
  objects: readonly OwnedObject[],
  workloads: readonly WorkloadId[],
): OwnedIndex {
  const byNamespace = new Map<string, Map<string, WorkloadId>>();
  for (const id of workloads) {
    const there = byNamespace.get(id.namespace) ?? new Map<string, WorkloadId>();
    byNamespace.set(id.namespace, there.set(workloadKey(id), id));
  }
  const all = objects.map((owned): Owned => {
    const { namespace = '', annotations } = owned.object.metadata;
    return {
      owned,
      namespace,
      ...served(fleet, owned.object, byNamespace.get(namespace) ?? new Map()),
      filters: readFilterMeta(annotations?.[filtersAnnotation]),
    };
  });
  return {
    all,
    byWorkload: Map.groupBy(all, (o) => `${o.namespace} ${o.workload}`),
    byName: new Map(
      all.map((o) => [nameKey({ kind: o.owned.kind.kind, metadata: o.owned.object.metadata }), o]),
    ),
  };
}

/** `kind namespace name` */
export function nameKey(object: {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}): string {
  return `${object.kind} ${object.metadata.namespace ?? ''} ${object.metadata.name}`;
}

/** The objects of one workload. */
export function ownedBy(index: OwnedIndex, workload: WorkloadId): readonly Owned[] {
  return index.byWorkload.get(`${workload.namespace} ${workloadKey(workload)}`) ?? [];
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
