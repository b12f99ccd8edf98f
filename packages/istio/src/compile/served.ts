import { type Direction, isArray, type WorkloadId } from '@wasmcast/core';
import type { SpecObject } from '../api/objects.ts';
import {
  directionAnnotation,
  envoyFilterName,
  imageFilterName,
  mountsAnnotation,
  mountsLabel,
  workloadAnnotation,
  workloadKey,
} from '../names.ts';

/** Whom one of our objects serves. */
export interface Served {
  /** `Kind/name`; empty if nothing tells. */
  readonly workload: string;
  readonly direction: Direction;
  /** Set for EnvoyFilters: the mounts label of the pods that it selects. */
  readonly mounts: string | undefined;
}

const directions: readonly Direction[] = ['inbound', 'outbound', 'gateway'];

/**
 * Whom an object serves: its annotations say so. If somebody took them away, its name still does: it is a hash of all of
 * this, so the workloads of its namespace are tried.
 */
export function served(fleet: string, object: SpecObject, workloads: readonly WorkloadId[]): Served {
  const { name, annotations = {} } = object.metadata;
  const mounts = annotations[mountsAnnotation] ?? selectedMounts(fleet, object);
  const said = annotations[workloadAnnotation];
  if (said !== undefined) {
    return {
      workload: said,
      direction: (annotations[directionAnnotation] ?? 'inbound') as Direction,
      mounts,
    };
  }
  const filter = /-(.+)-[0-9a-f]{16}$/.exec(name.slice(`wasmcast-${fleet}`.length))?.[1] ?? '';
  for (const id of workloads) {
    for (const direction of directions) {
      const expected =
        mounts === undefined
          ? imageFilterName(fleet, id, direction, filter)
          : envoyFilterName(fleet, id, direction, mounts);
      if (expected === name) return { workload: workloadKey(id), direction, mounts };
    }
  }
  return { workload: '', direction: 'inbound', mounts };
}

/** The mounts label that an EnvoyFilter selects by; undefined for objects of other kinds. */
function selectedMounts(fleet: string, { spec }: SpecObject): string | undefined {
  const selector = spec?.['workloadSelector'];
  if (typeof selector !== 'object' || selector === null || isArray(selector)) return undefined;
  const labels = (selector as { readonly labels?: unknown }).labels;
  const value = (labels as Readonly<Record<string, unknown>> | undefined)?.[mountsLabel(fleet)];
  return typeof value === 'string' ? value : undefined;
}
