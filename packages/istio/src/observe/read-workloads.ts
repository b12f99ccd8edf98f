import type { WorkloadId } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { type IstioWorkloadKind, kinds, workloadKinds } from '../api/kinds.ts';
import type { KubeObject, PodObject, WorkloadObject } from '../api/objects.ts';
import { listIn } from './read-cluster.ts';

/** Pods and workloads of some namespaces, whoever they belong to. */
export interface ClusterView {
  readonly pods: readonly PodObject[];
  readonly workloads: readonly { readonly id: WorkloadId; readonly object: WorkloadObject }[];
  readonly namespaces: readonly string[];
}

/** Lists the pods and the workloads of these kinds in some namespaces, once each; `keep` says what is kept of a workload. */
export async function readWorkloads(
  client: KubeClient,
  target: string,
  namespaces: readonly string[],
  signal: AbortSignal,
  listed: readonly IstioWorkloadKind[] = workloadKinds,
  keep: (object: WorkloadObject) => WorkloadObject = (object) => object,
): Promise<ClusterView> {
  const [pods, ...lists] = await Promise.all([
    listIn<PodObject>(client, kinds.Pod, namespaces, signal),
    ...listed.map(async (kind) => {
      const objects = await listIn<WorkloadObject>(client, kinds[kind], namespaces, signal, { keep });
      return objects.map((object) => ({ id: idOf(target, kind, object), object }));
    }),
  ]);
  return { pods, workloads: lists.flat(), namespaces };
}

function idOf(target: string, kind: IstioWorkloadKind, { metadata }: WorkloadObject): WorkloadId {
  return { target, namespace: metadata.namespace ?? '', kind, name: metadata.name };
}

/** The names of all namespaces. */
export async function allNamespaces(client: KubeClient, signal: AbortSignal): Promise<readonly string[]> {
  const { items } = await client.list<KubeObject>(kinds.Namespace, { metadataOnly: true }, signal);
  return items.map(({ metadata }) => metadata.name).toSorted();
}
