import { clusterDown, clusterUp } from './up-down.ts';
import type { Cluster } from './cluster.ts';
import type { KubeClient, KubeObject } from '../kube-client.ts';
import { namespaceObject } from '../workload/workload.ts';

const name = 'mesh';

/** The one cluster that all mesh tests share: up when it is not. Tests keep apart by namespaces of their own. */
export async function sharedCluster(signal?: AbortSignal): Promise<Cluster> {
  return clusterUp({ name, signal });
}

/** For a global setup of mesh tests: starts the shared cluster, and gives what stops it. */
export async function setupSharedCluster(): Promise<() => Promise<void>> {
  await sharedCluster();
  return () => clusterDown({ name });
}

/** A namespace that goes with the test. */
export interface TemporaryNamespace extends AsyncDisposable {
  readonly name: string;
  readonly object: KubeObject;
}

/** Creates a namespace whose name starts with `prefix`; its deletion is asked for, and not waited for. */
export async function temporaryNamespace(
  client: KubeClient,
  prefix: string,
  options: { readonly injection?: boolean } = {},
): Promise<TemporaryNamespace> {
  const object = namespaceObject(`${prefix}-${crypto.randomUUID().slice(0, 8)}`, options);
  await client.apply(object);
  return {
    name: object.metadata.name,
    object,
    [Symbol.asyncDispose]: () => client.delete(object),
  };
}
