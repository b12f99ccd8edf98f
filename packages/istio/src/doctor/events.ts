import type { KubeObject, PodObject } from '../api/objects.ts';
import type { NativeWorkload } from '../native.ts';

/** An event of Kubernetes, as far as it is read here. */
export interface EventObject extends KubeObject {
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

/** What Kubernetes complained of. */
export interface Warning {
  /** `FailedMount`, `FailedCreate`, `FailedScheduling`, … */
  readonly reason: string;
  readonly message: string;
}

/** The newest warning of each reason about a pod, and about what makes the pods of its workload. */
export function warningsAbout(
  events: readonly EventObject[],
  pod: PodObject | undefined,
  workload: NativeWorkload | undefined,
): readonly Warning[] {
  const isMeant = ({ involvedObject: object }: EventObject): boolean => {
    const { kind = '', name = '' } = object ?? {};
    if (kind === 'Pod') return name === pod?.metadata.name;
    if (workload === undefined) return false;
    const { id } = workload;
    if (kind === id.kind) return name === id.name;
    // A Deployment's ReplicaSets are named after it and the hash of their template.
    return kind === 'ReplicaSet' && id.kind === 'Deployment' && name.replace(/-[a-z0-9]+$/, '') === id.name;
  };
  const sorted = events
    .filter(isMeant)
    .toSorted((a, b) => (a.lastTimestamp ?? '').localeCompare(b.lastTimestamp ?? ''));
  const newest = new Map(
    sorted.map(({ reason = '', message = '' }) => [reason, { reason, message: message.slice(0, 500) }]),
  );
  return [...newest.values()];
}
