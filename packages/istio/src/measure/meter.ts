import { type InstanceStats, type StatsQuery, workloadAddress } from '@wasmcast/core';
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
  /** Workloads that were measured before: a pod that they have now and had not then is new. */
  readonly #known = new Set<string>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** The counters of every pod of these workloads but those that are on their way out, as soon as they are known. */
  async *measure(queries: readonly StatsQuery[], signal: AbortSignal): AsyncIterable<InstanceStats> {
    signal.throwIfAborted();
    const namespaces = [...new Set(queries.map(({ workload }) => workload.namespace))].toSorted();
    const pods = await listIn<PodObject>(this.#client, kinds.Pod, namespaces, signal);
    const tasks = queries.flatMap(({ workload, directions }) => {
      const isKnown = this.#known.has(workloadAddress(workload));
      return podsOf(workload, pods)
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map((pod) => ({
          instance: { workload, name: pod.metadata.name, uid: pod.metadata.uid ?? '' },
          pod,
          directions,
          memory: this.#memoryOf(pod, isKnown),
        }));
    });
    for (const { workload } of queries) this.#known.add(workloadAddress(workload));
    const results = inOrderOfCompletion(tasks, podsAtATime, (task) => measurePod(this.#client, task, signal));
    for await (const stats of results) if (stats !== undefined) yield stats;
  }

  #memoryOf(pod: PodObject, isNew: boolean): PodMemory {
    const { uid = '' } = pod.metadata;
    const known = this.#memories.get(uid);
    if (known !== undefined) return known;
    if (this.#memories.size >= maxRemembered) {
      this.#memories.clear();
      this.#known.clear();
    }
    const memory = new PodMemory(this.#client, pod, isNew);
    this.#memories.set(uid, memory);
    return memory;
  }
}
