import { isDeepStrictEqual } from 'node:util';
import type { KubeClient, KubeObject } from '@wasmcast/testbed';

/** Every kind that a world has, that we write, or that controllers make of it. */
const collections = [
  '/api/v1/namespaces/NS/configmaps',
  '/api/v1/namespaces/NS/pods',
  '/api/v1/namespaces/NS/secrets',
  '/apis/apps/v1/namespaces/NS/deployments',
  '/apis/apps/v1/namespaces/NS/statefulsets',
  '/apis/apps/v1/namespaces/NS/daemonsets',
  '/apis/coordination.k8s.io/v1/namespaces/NS/leases',
  '/apis/networking.istio.io/v1alpha3/namespaces/NS/envoyfilters',
  '/apis/extensions.istio.io/v1alpha1/namespaces/NS/wasmplugins',
  '/apis/extensions.istio.io/v1alpha1/namespaces/NS/trafficextensions',
];

/** A namespace's objects by kind and name, as far as people and we write them. */
export type Snapshot = Readonly<Record<string, unknown>>;

/**
 * What stands in a namespace. Left out is what no writer can put back or a controller writes: the server's own counters
 * (resourceVersion, generation, managedFields), status, and the number of a Deployment's revision. ReplicaSets and
 * ControllerRevisions are history, which grows.
 */
export async function snapshot(client: KubeClient, namespace: string): Promise<Snapshot> {
  const lists = await Promise.all(
    collections.map(async (path) => {
      const list = await client.request('GET', path.replace('NS', namespace));
      return (list as { readonly items: readonly KubeObject[] }).items.map((object) => {
        const { metadata, status: _status, apiVersion: _version, kind: _kind, ...content } = object;
        const { resourceVersion: _r, generation: _g, managedFields: _m, ...kept } = metadata;
        const annotations = { ...(kept['annotations'] as object | undefined) };
        Reflect.deleteProperty(annotations, 'deployment.kubernetes.io/revision');
        // Of a DaemonSet: the number of its template.
        Reflect.deleteProperty(annotations, 'deprecated.daemonset.template.generation');
        const key = `${path.split('/').at(-1)}/${metadata.name}`;
        return [key, { ...content, metadata: { ...kept, annotations } }] as const;
      });
    }),
  );
  return Object.fromEntries(lists.flat());
}

/** What is not the same, in words. */
export function differences(before: Snapshot, after: Snapshot): readonly string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => {
    const [was, is] = [before[key], after[key]];
    if (isDeepStrictEqual(was, is)) return [];
    if (is === undefined) return [`${key} is gone`];
    if (was === undefined) return [`${key} is left`];
    return [`${key} was ${JSON.stringify(was)} and is ${JSON.stringify(is)}`];
  });
}

/** The same without what differs between two rollouts to the same end: what the server gives, and when it was recorded. */
export function anonymous(of: Snapshot): Snapshot {
  const isRevision = (key: string): boolean => /^configmaps\/.*-r\d+$/.test(key);
  const kept = Object.entries(of).map(([key, value]) => [key, isRevision(key) ? 'a revision' : value]);
  return JSON.parse(
    JSON.stringify(Object.fromEntries(kept), (key, value: unknown) =>
      ['uid', 'creationTimestamp'].includes(key) ? undefined : value,
    ),
  ) as Snapshot;
}
