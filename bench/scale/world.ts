import { type KubeClient, type KubeObject, namespaceObject, until } from '@wasmcast/testbed';
import { namespacesOf, type Place, placesOf, type WorldSize } from '../places.ts';
import { injectedPod } from './sidecar-pod.ts';

/** The one node; what it says of its pods is kwok's. */
export const nodeName = 'node-of-kwok';
/** By it kwok knows which nodes it is to play. */
export const nodeAnnotation = 'kwok.x-k8s.io/node';

/** The node that all pods are on, and where its kubelet is to be asked. */
export function nodeObject(kubeletPort: number): KubeObject {
  const pods = '20000';
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName, annotations: { [nodeAnnotation]: 'fake' } },
    status: {
      allocatable: { pods },
      capacity: { pods },
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    },
  };
}

/** Makes namespaces and Deployments, which have no pod yet. Those that are there already stay. */
export async function createWorld(client: KubeClient, size: WorldSize): Promise<void> {
  await Promise.all(namespacesOf(size).map((name) => client.apply(namespaceObject(name))));
  await Promise.all(placesOf(size).map((place) => client.apply(deployment(place, 0))));
}

/** Gives each workload so many pods, and waits until just these are there and run. */
export async function scaleWorld(client: KubeClient, size: WorldSize, replicas: number): Promise<void> {
  await Promise.all(placesOf(size).map((place) => client.apply(deployment(place, replicas))));
  const wanted = size.workloads * replicas;
  const wait = { what: `${wanted} pods to run`, timeoutMs: 600_000, intervalMs: 1000 };
  await until(async () => {
    const phases = await podPhases(client);
    return (phases.length === wanted && phases.every((phase) => phase === 'Running')) || undefined;
  }, wait);
}

/** As the server prints them in a table, whose rows hold no objects: thousands of whole pods are tens of megabytes. */
async function podPhases(client: KubeClient): Promise<readonly string[]> {
  const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1';
  const { rows } = (await client.request('GET', '/api/v1/pods?includeObject=None', undefined, {
    accept,
  })) as {
    readonly rows: readonly { readonly cells: readonly unknown[] }[] | null;
  };
  // Name, ready, status, restarts, age.
  return (rows ?? []).map(({ cells }) => String(cells[2]));
}

function deployment({ namespace, name }: Place, replicas: number): KubeObject {
  const { annotations, spec } = injectedPod(name, namespace, nodeName);
  const labels = { app: name, version: 'v1', 'app.kubernetes.io/part-of': 'shop' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels, annotations }, spec },
    },
  };
}
