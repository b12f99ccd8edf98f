import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Cluster, type KubeClient, namespaceObject, workloadObject } from '@wasmcast/testbed';

/** Workloads of a batch, spread evenly over some namespaces. */
export interface BatchSize {
  readonly workloads: number;
  readonly namespaces: number;
}

/** Names of the namespaces of a batch. */
export function namespacesOf({ namespaces }: BatchSize): readonly string[] {
  return Array.from({ length: namespaces }, (_, i) => `bench-${i}`);
}

/**
 * Deployments without a pod: what is measured is the control plane alone. Neither side has to wait for a proxy, and
 * nothing starts or stops meanwhile.
 */
export async function createWorkloads(cluster: Cluster, client: KubeClient, size: BatchSize): Promise<void> {
  await Promise.all(namespacesOf(size).map((name) => client.apply(namespaceObject(name))));
  const objects = placesOf(size).map((place) => workloadObject(cluster, { ...place, replicas: 0 }));
  await Promise.all(objects.map((object) => client.apply(object)));
}

/** Deletes the namespaces with all that is in them; does not wait until they are gone. */
export async function deleteWorkloads(client: KubeClient, size: BatchSize): Promise<void> {
  await Promise.all(namespacesOf(size).map((name) => client.delete(namespaceObject(name))));
}

/** Writes a fleet with a binding for each workload and one filter, delivered as `image`. */
export async function writeFleet(folder: string, size: BatchSize, image: string): Promise<void> {
  const bindings = placesOf(size).map(
    ({ namespace, name }) =>
      `- {name: ${name}, target: mesh, select: {namespace: ${namespace}, kind: Deployment, labels: {app: ${name}}}, delivery: image, chain: [greeting]}\n`,
  );
  await writeFile(
    path.join(folder, 'wasmcast.yaml'),
    `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: bench}
filters:
- {name: greeting, module: {image: "${image}"}, config: {header: x-greeting, value: hello}}
targets:
- {name: mesh, istio: {}}
rollout: {gates: none}
bindings:
${bindings.join('')}`,
  );
}

function placesOf(size: BatchSize): readonly { readonly namespace: string; readonly name: string }[] {
  const namespaces = namespacesOf(size);
  return Array.from({ length: size.workloads }, (_, i) => ({
    namespace: namespaces[i % namespaces.length] ?? '',
    name: `service-${i}`,
  }));
}
