import type { Chain } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { workloadKinds } from '../api/kinds.ts';
import type { WorkloadObject } from '../api/objects.ts';
import { type ClusterView, readWorkloads } from './read-workloads.ts';

/** The pods and workloads that some chains speak of, and no more: what a reading of the proxies starts from. */
export async function readView(
  client: KubeClient,
  target: string,
  expected: readonly Chain[],
  signal: AbortSignal,
): Promise<ClusterView> {
  const namespaces = [...new Set(expected.map((chain) => chain.workload.namespace))].toSorted();
  const inUse = workloadKinds.filter((kind) => expected.some((chain) => chain.workload.kind === kind));
  return await readWorkloads(client, target, namespaces, signal, inUse, leanWorkload);
}

/** Whether it is at rest, and how many pods it wants: its template, most of what a workload is, is in the pods. */
function leanWorkload({ metadata, spec, status }: WorkloadObject): WorkloadObject {
  const { managedFields: _writers, ...named } = metadata;
  const { template: _template, ...wanted } = spec ?? {};
  return { metadata: named, spec: wanted, ...(status !== undefined && { status }) };
}
