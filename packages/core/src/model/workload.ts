/** What runs the instances. A `LocalService` is a service of the embedded mesh. */
export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'LocalService';

/** Identity of a workload. */
export interface WorkloadId {
  readonly target: string;
  readonly namespace: string;
  readonly kind: WorkloadKind;
  readonly name: string;
}

/** Identity of an instance: a pod, or an embedded service's proxy. `uid` tells a new pod of an old name apart. */
export interface InstanceId {
  readonly workload: WorkloadId;
  readonly name: string;
  readonly uid: string;
}

/** `target/namespace/kind/name`: how people and plans name a workload. */
export function workloadAddress(id: WorkloadId): string {
  return `${id.target}/${id.namespace}/${id.kind}/${id.name}`;
}

/** `target/namespace/kind/name/instance`. */
export function instanceAddress(id: InstanceId): string {
  return `${workloadAddress(id.workload)}/${id.name}`;
}

/** The address with the uid: tells an instance from a later one of the same name, as the pods of a StatefulSet are. */
export function instanceKey(instance: InstanceId): string {
  return `${instanceAddress(instance)} ${instance.uid}`;
}

/**
 * Which workloads a binding means. `namespace` is always given; `name` and `labels` narrow it, unless the manifest says that
 * all are meant.
 */
export interface Selector {
  readonly namespace: string;
  readonly kind?: WorkloadKind;
  readonly name?: string;
  /** Labels of the workload's pods; all must match. */
  readonly labels: Readonly<Record<string, string>>;
  /** Somebody said that the mesh's root namespace may be meant, where objects reach into all others. */
  readonly rootNamespace?: true;
}

/** Means one workload that a fleet is on, or was: what was allowed then need not be said again. */
export function selectorOf({ namespace, kind, name }: WorkloadId): Selector {
  return { namespace, kind, name, labels: {}, rootNamespace: true };
}

/** True if the selector means a workload with this identity and these pod labels. */
export function selects(
  selector: Selector,
  id: WorkloadId,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    selector.namespace === id.namespace &&
    (selector.kind === undefined || selector.kind === id.kind) &&
    (selector.name === undefined || selector.name === id.name) &&
    Object.entries(selector.labels).every(([key, value]) => labels[key] === value)
  );
}
