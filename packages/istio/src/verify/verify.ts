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
import type { ClusterView } from '../observe/observe.ts';
import type { ModuleBytes } from './module-bytes.ts';
import { missingPods } from './missing-pods.ts';
import { readPod } from './read-pod.ts';

/** Pods that are read at a time: each is a tunnel through the API server and a kubelet. */
const concurrency = 16;

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
  modules: ModuleBytes,
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
  yield* inOrderOfCompletion(tasks, concurrency, ({ instance, pod, chains }) =>
    readPod(client, modules, fleet, instance, pod, chains, signal),
  );
}

function place(id: WorkloadId): string {
  return `${id.namespace}/${id.kind}/${id.name}`;
}

async function* inOrderOfCompletion<T, R>(
  tasks: readonly T[],
  limit: number,
  run: (task: T) => Promise<R>,
): AsyncIterable<R> {
  const queue = [...tasks];
  const running = new Map<number, Promise<{ readonly key: number; readonly result: R }>>();
  let next = 0;
  const start = (): void => {
    const task = queue.shift();
    if (task === undefined) return;
    const key = next++;
    running.set(
      key,
      run(task).then((result) => ({ key, result })),
    );
  };
  for (let i = 0; i < limit; i++) start();
  try {
    while (running.size > 0) {
      // oxlint-disable-next-line no-await-in-loop
      const { key, result } = await Promise.race(running.values());
      running.delete(key);
      start();
      yield result;
    }
  } finally {
    // A reader that stops early, or a signal, leaves no rejection behind.
    await Promise.allSettled(running.values());
  }
}
