import type { Chain, InstanceVerdict, WorkloadId } from '@wasmcast/core';
import type { PodObject, WorkloadObject } from '../api/objects.ts';
import { wantedPods } from '../observe/pods.ts';

/**
 * A verdict for pods that are still to come: the controller has not seen the newest template, or has not made all pods of
 * it. Undefined when the workload is at rest, or nothing is wanted of it.
 */
export function missingPods(
  id: WorkloadId,
  object: WorkloadObject | undefined,
  pods: readonly PodObject[],
  chains: readonly Chain[],
): InstanceVerdict | undefined {
  if (chains.every((chain) => chain.filters.length === 0)) return undefined;
  const why = whyNotAtRest(id, object, pods);
  if (why === undefined) return undefined;
  return {
    instance: { workload: id, name: '(pods to come)', uid: '' },
    filters: chains.flatMap(({ direction, filters }) =>
      filters.map((filter) => ({
        filter: filter.name,
        direction,
        verdict: 'pending' as const,
        evidence: why,
      })),
    ),
  };
}

function whyNotAtRest(
  id: WorkloadId,
  object: WorkloadObject | undefined,
  pods: readonly PodObject[],
): string | undefined {
  if (object === undefined) return `there is no ${id.kind} ${id.name} any more`;
  const { status, metadata } = object;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    return 'its controller has not seen the newest template yet';
  }
  const wanted = wantedPods(id.kind, object);
  const alive = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined).length;
  return alive < wanted ? `${alive} of ${wanted} pods are there` : undefined;
}
