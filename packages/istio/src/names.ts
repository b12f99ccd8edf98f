import { createHash } from 'node:crypto';
import { type Direction, type Sha256, shortDigest, type WorkloadId } from '@wasmcast/core';

/** On every object of ours: which fleet it belongs to. */
export const fleetLabel = 'wasmcast.dev/fleet';
/** On ConfigMaps that hold a module: its short digest. */
export const moduleLabel = 'wasmcast.dev/module';
/** On ConfigMaps that hold a revision: its number. */
export const revisionLabel = 'wasmcast.dev/revision';
export const managedByLabel = 'app.kubernetes.io/managed-by';
export const managedBy = 'wasmcast';

/** On a probe's pod and on what serves it alone: which probe it is. */
export const probeLabel = 'wasmcast.dev/probe';

/** On objects that serve one workload: `Deployment/frontpage-v1`. */
export const workloadAnnotation = 'wasmcast.dev/workload';
export const directionAnnotation = 'wasmcast.dev/direction';
/** On an EnvoyFilter: the value of the mounts label of the pods that it selects. */
export const mountsAnnotation = 'wasmcast.dev/mounts';
/** What a filter's object cannot say itself: whole digests, sizes, positions. */
export const filtersAnnotation = 'wasmcast.dev/filters';
/** On ConfigMaps that hold a module: its whole digest. */
export const digestAnnotation = 'wasmcast.dev/digest';

/** The one key of a module's ConfigMap. */
export const moduleKey = 'module.wasm';
/** Where modules are mounted, unless somebody else already mounts something there. */
export const defaultMountPath = '/var/local/lib/wasm-filters';

export const userVolume = 'sidecar.istio.io/userVolume';
export const userVolumeMount = 'sidecar.istio.io/userVolumeMount';

/** 16 hex digits of the sha256 over the parts. */
export function shortHash(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** `text` if it has at most `max` characters, else its beginning and a hash of the whole. */
function fit(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 17).replace(/[-.]+$/, '')}-${shortHash(text)}`;
}

/** Name of the volume of a fleet in a pod; a volume name is a DNS label. */
export function volumeName(fleet: string): string {
  return `wasmcast-${fit(fleet, 63 - 'wasmcast-'.length)}`;
}

/** Key of the label that says which modules a pod has mounted: several fleets may serve one workload. */
export function mountsLabel(fleet: string): string {
  return `mounts.wasmcast.dev/${fit(fleet, 63)}`;
}

/** Where a fleet mounts when {@link defaultMountPath} is taken: beside it, never inside somebody's read-only volume. */
export function fallbackMountPath(fleet: string): string {
  return `${defaultMountPath}-${fleet}`;
}

/** Name of a module inside the mounted folder. */
export function moduleFile(digest: Sha256): string {
  return `${shortDigest(digest)}.wasm`;
}

export function configMapName(fleet: string, digest: Sha256): string {
  return `${modulePrefix(fleet)}${shortDigest(digest)}`;
}

/** True for the names that {@link configMapName} gives. */
export function isModuleName(fleet: string, name: string): boolean {
  const prefix = modulePrefix(fleet);
  return name.startsWith(prefix) && /^[0-9a-f]{16}$/.test(name.slice(prefix.length));
}

function modulePrefix(fleet: string): string {
  return `wasmcast-${fit(fleet, 200)}-`;
}

/**
 * Value of the mounts label: the workload, the folder and the modules in it. The workload is in it so that an
 * EnvoyFilter that selects by it can never reach the pods of another workload with overlapping labels.
 */
export function mountsHash(workload: WorkloadId, mountPath: string, digests: readonly Sha256[]): string {
  return shortHash(workload.kind, workload.name, mountPath, ...digests.toSorted());
}

export function envoyFilterName(
  fleet: string,
  workload: WorkloadId,
  direction: Direction,
  mounts: string,
): string {
  const hash = shortHash(fleet, workload.kind, workload.name, direction, mounts);
  return `wasmcast-${fit(fleet, 100)}-${fit(workload.name, 100)}-${hash}`;
}

/** Name of the WasmPlugin or TrafficExtension of one filter on one workload. */
export function imageFilterName(
  fleet: string,
  workload: WorkloadId,
  direction: Direction,
  filter: string,
): string {
  const hash = shortHash(fleet, workload.kind, workload.name, direction, filter);
  return `wasmcast-${fit(fleet, 100)}-${fit(filter, 100)}-${hash}`;
}

/** The value of {@link probeLabel} for the probe that stands for a workload. */
export function probeHash(fleet: string, workload: WorkloadId): string {
  return shortHash('probe', fleet, workload.kind, workload.name);
}

/** The workload that a probe's own objects serve: one that no other object does. */
export function probeId(fleet: string, workload: WorkloadId): WorkloadId {
  return { ...workload, name: `wasmcast-probe-${probeHash(fleet, workload)}` };
}

/** Name of a filter inside Envoy's chain; tells the fleet and the filter from a dump alone. */
export function httpFilterName(fleet: string, filter: string): string {
  return `wasmcast.${fleet}.${filter}`;
}

/** `Deployment/frontpage-v1` */
export function workloadKey(workload: Pick<WorkloadId, 'kind' | 'name'>): string {
  return `${workload.kind}/${workload.name}`;
}

/** Labels of every object of a fleet. */
export function ownLabels(fleet: string): Readonly<Record<string, string>> {
  return { [fleetLabel]: fleet, [managedByLabel]: managedBy };
}
