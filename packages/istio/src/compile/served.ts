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
 * Whom an object serves: its annotations say so, and its name, which is a hash of all of this, bears them out. If somebody
 * changed them or took them away, the name still tells: the workloads of its namespace (by `Kind/name`) are tried.
 */
export function served(
  fleet: string,
  object: SpecObject,
  workloads: ReadonlyMap<string, WorkloadId>,
): Served {
  const { annotations = {} } = object.metadata;
  return (
    servedByName(fleet, object, workloads) ?? {
      workload: annotations[workloadAnnotation] ?? '',
      direction: (annotations[directionAnnotation] ?? 'inbound') as Direction,
      mounts: annotations[mountsAnnotation] ?? selectedMounts(fleet, object),
    }
  );
}

/** Which of these workloads an object of the fleet serves by its very name; undefined: it is not the fleet's, or another's. */
export function servedByName(
  fleet: string,
  object: SpecObject,
  workloads: ReadonlyMap<string, WorkloadId>,
): Served | undefined {
  const { name, annotations = {} } = object.metadata;
  const saidMounts = annotations[mountsAnnotation] ?? selectedMounts(fleet, object);
  const filter = /-(.+)-[0-9a-f]{16}$/.exec(name.slice(`wasmcast-${fleet}`.length))?.[1] ?? '';
  const possible = new Set([saidMounts, selectedMounts(fleet, object)]);
  const ofName = (id: WorkloadId): Served | undefined => {
    for (const direction of directions) {
      for (const mounts of possible) {
        const expected =
          mounts === undefined
            ? imageFilterName(fleet, id, direction, filter)
            : envoyFilterName(fleet, id, direction, mounts);
        if (expected === name) return { workload: workloadKey(id), direction, mounts };
      }
    }
    return undefined;
  };
  const likely = workloads.get(annotations[workloadAnnotation] ?? '');
  const borneOut = likely && ofName(likely);
  if (borneOut !== undefined) return borneOut;
  for (const id of workloads.values()) {
    const found = ofName(id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The mounts label that an EnvoyFilter selects by; undefined for objects of other kinds. */
function selectedMounts(fleet: string, { spec }: SpecObject): string | undefined {
  const selector = spec?.['workloadSelector'];
  if (typeof selector !== 'object' || selector === null || isArray(selector)) return undefined;
  const labels = (selector as { readonly labels?: unknown }).labels;
  const value = (labels as Readonly<Record<string, unknown>> | undefined)?.[mountsLabel(fleet)];
  return typeof value === 'string' ? value : undefined;
}
