import type { WorkloadId } from '@wasmcast/core';
import type { PodObject, WorkloadObject } from '../api/objects.ts';

/** `Kind/name` of the workload that a pod belongs to; undefined for pods of anything else. */
export function workloadOfPod(pod: PodObject): string | undefined {
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner === undefined) return undefined;
  if (owner.kind === 'StatefulSet' || owner.kind === 'DaemonSet') return `${owner.kind}/${owner.name}`;
  // A Deployment's ReplicaSets are named after it and the hash of their template.
  const hash = pod.metadata.labels?.['pod-template-hash'];
  if (owner.kind !== 'ReplicaSet' || hash === undefined || !owner.name.endsWith(`-${hash}`)) return undefined;
  return `Deployment/${owner.name.slice(0, -hash.length - 1)}`;
}

/** How many pods a workload is to have. */
export function wantedPods(kind: WorkloadId['kind'], { spec, status }: WorkloadObject): number {
  return kind === 'DaemonSet' ? (status?.desiredNumberScheduled ?? 0) : (spec?.replicas ?? 1);
}

/** Pods that came to their end stay as objects for a while, e.g. after an eviction; they run nothing. */
export function hasEnded(pod: PodObject): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** The pods of one workload, those that ended left out. */
export function podsOf(id: WorkloadId, pods: readonly PodObject[]): readonly PodObject[] {
  const key = `${id.kind}/${id.name}`;
  return pods.filter(
    (pod) => pod.metadata.namespace === id.namespace && !hasEnded(pod) && workloadOfPod(pod) === key,
  );
}
