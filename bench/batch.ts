import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Cluster, type KubeClient, namespaceObject, workloadObject } from '@wasmcast/testbed';
import { bindingsText, namespacesOf, placesOf, type WorldSize } from './places.ts';

/**
 * Deployments without a pod: what is measured is the control plane alone. Neither side has to wait for a proxy, and
 * nothing starts or stops meanwhile.
 */
export async function createWorkloads(cluster: Cluster, client: KubeClient, size: WorldSize): Promise<void> {
  await Promise.all(namespacesOf(size).map((name) => client.apply(namespaceObject(name))));
  const objects = placesOf(size).map((place) => workloadObject(cluster, { ...place, replicas: 0 }));
  await Promise.all(objects.map((object) => client.apply(object)));
}

/** Deletes the namespaces with all that is in them; does not wait until they are gone. */
export async function deleteWorkloads(client: KubeClient, size: WorldSize): Promise<void> {
  await Promise.all(namespacesOf(size).map((name) => client.delete(namespaceObject(name))));
}

/** Writes a fleet with a binding for each workload and one filter, delivered as `image`. */
export async function writeFleet(folder: string, size: WorldSize, image: string): Promise<void> {
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
${bindingsText(size, ['greeting'])}`,
  );
}
