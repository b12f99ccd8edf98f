import type { InstanceStats, WorkloadId } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { PodObject } from '../api/objects.ts';
import { inOrderOfCompletion } from '../in-order-of-completion.ts';
import { podsOf } from '../observe/pods.ts';
import { listIn } from '../observe/read-cluster.ts';
import { podsAtATime } from '../verify/read-pod.ts';
import { measurePod, PodMemory } from './measure-pod.ts';

/** Pods that are remembered; beyond that all are forgotten, and their next reading is as the first one. */
const maxRemembered = 20_000;

/** Reads the counters of pods again and again. */
export class Meter {
  readonly #client: KubeClient;
  /** By uid. */
  readonly #memories = new Map<string, PodMemory>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** The counters of every pod of these workloads but those that are on their way out, as soon as they are known. */
  async *measure(workloads: readonly WorkloadId[], signal: AbortSignal): AsyncIterable<InstanceStats> {
    signal.throwIfAborted();
    const namespaces = [...new Set(workloads.map(({ namespace }) => namespace))].toSorted();
    const pods = await listIn<PodObject>(this.#client, kinds.Pod, namespaces, signal);
    const tasks = workloads.flatMap((id) =>
      podsOf(id, pods)
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map((pod) => ({
          instance: { workload: id, name: pod.metadata.name, uid: pod.metadata.uid ?? '' },
          pod,
        })),
    );
    const results = inOrderOfCompletion(tasks, podsAtATime, ({ instance, pod }) =>
      measurePod(this.#client, instance, pod, this.#memoryOf(pod), signal),
    );
    for await (const stats of results) if (stats !== undefined) yield stats;
  }

  #memoryOf(pod: PodObject): PodMemory {
    const { uid = '' } = pod.metadata;
    const known = this.#memories.get(uid);
    if (known !== undefined) return known;
    if (this.#memories.size >= maxRemembered) this.#memories.clear();
    const memory = new PodMemory(pod);
    this.#memories.set(uid, memory);
    return memory;
  }
}
