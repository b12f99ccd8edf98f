import {
  type Chain,
  type InstanceId,
  type InstanceVerdict,
  workloadAddress,
  type WorkloadId,
} from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import type { PodObject, WorkloadObject } from '../api/objects.ts';
import { podsOf } from '../observe/pods.ts';
import type { ClusterView } from '../observe/read-workloads.ts';
import { inOrderOfCompletion } from '../in-order-of-completion.ts';
import { missingPods } from './missing-pods.ts';
import { type Known, podsAtATime, readPod } from './read-pod.ts';

interface Task {
  readonly instance: InstanceId;
  readonly pod: PodObject;
  readonly chains: readonly Chain[];
}

/**
 * Reads every pod of the named workloads once and says what it shows, as soon as it is known. A workload that has not
 * made all its pods yet gets a verdict for those to come: what does not exist cannot be live.
 */
export async function* verify(
  client: KubeClient,
  known: Known,
  view: Pick<ClusterView, 'pods' | 'workloads'>,
  fleet: string,
  expected: readonly Chain[],
  signal: AbortSignal,
): AsyncIterable<InstanceVerdict> {
  const objects = new Map<string, WorkloadObject>(
    view.workloads.map(({ id, object }) => [place(id), object]),
  );
  const tasks: Task[] = [];
  const early: InstanceVerdict[] = [];
  for (const chains of Map.groupBy(expected, (chain) => workloadAddress(chain.workload)).values()) {
    const id = chains[0]?.workload;
    if (id === undefined) continue;
    const pods = podsOf(id, view.pods);
    for (const pod of pods) {
      const instance = { workload: id, name: pod.metadata.name, uid: pod.metadata.uid ?? '' };
      tasks.push({ instance, pod, chains });
    }
    const missing = missingPods(id, objects.get(place(id)), pods, chains);
    if (missing !== undefined) early.push(missing);
  }
  yield* early;
  yield* inOrderOfCompletion(tasks, podsAtATime, ({ instance, pod, chains }) =>
    readPod(client, known, fleet, instance, pod, chains, signal),
  );
}

function place(id: WorkloadId): string {
  return `${id.namespace}/${id.kind}/${id.name}`;
}
