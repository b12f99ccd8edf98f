import type { PodObject } from '../api/objects.ts';
import type { NativeWorkload, Neighbour } from '../native.ts';
import { workloadOfPod } from './pods.ts';

/**
 * Whatever has pods that a selector might reach, by namespace: workloads by their templates, and pods that belong to none of
 * them.
 */
export function neighboursOf(
  workloads: readonly NativeWorkload[],
  pods: readonly PodObject[],
): ReadonlyMap<string, readonly Neighbour[]> {
  const known = new Set(workloads.map((w) => `${w.id.namespace} ${w.id.kind}/${w.id.name}`));
  const templates = workloads.map(({ id, object }): Neighbour => ({
    namespace: id.namespace,
    name: `${id.kind}/${id.name}`,
    labels: object.spec?.template?.metadata?.labels ?? {},
  }));
  const others = pods
    .filter((pod) => !known.has(`${pod.metadata.namespace} ${workloadOfPod(pod)}`))
    .map(({ metadata }): Neighbour => ({
      namespace: metadata.namespace ?? '',
      name: `pod ${metadata.name}`,
      labels: metadata.labels ?? {},
    }));
  return Map.groupBy([...templates, ...others], ({ namespace }) => namespace);
}
