import type { Chain, WorkloadId } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { type IstioWorkloadKind, kinds, workloadKinds } from '../api/kinds.ts';
import type { PodObject, WorkloadObject } from '../api/objects.ts';
import type { ClusterView } from './observe.ts';
import { listIn } from './read-cluster.ts';

/** The pods and workloads that some chains speak of, and no more: what a reading of the proxies starts from. */
export async function readView(
  client: KubeClient,
  target: string,
  expected: readonly Chain[],
  signal: AbortSignal,
): Promise<ClusterView> {
  const namespaces = [...new Set(expected.map((chain) => chain.workload.namespace))].toSorted();
  const inUse = workloadKinds.filter((kind) => expected.some((chain) => chain.workload.kind === kind));
  const [pods, ...lists] = await Promise.all([
    listIn<PodObject>(client, kinds.Pod, namespaces, signal),
    ...inUse.map((kind) => listIn<WorkloadObject>(client, kinds[kind], namespaces, signal)),
  ]);
  const workloads = lists.flatMap((list, i) =>
    list.map((object) => ({ id: idOf(target, inUse[i] ?? 'Deployment', object), object })),
  );
  return { pods, workloads, namespaces };
}

function idOf(target: string, kind: IstioWorkloadKind, object: WorkloadObject): WorkloadId {
  return { target, namespace: object.metadata.namespace ?? '', kind, name: object.metadata.name };
}
