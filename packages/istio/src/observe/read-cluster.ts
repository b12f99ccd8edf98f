import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { type Kind } from '../api/kinds.ts';
import type { ListOptions } from '../api/list.ts';
import type { KubeObject } from '../api/objects.ts';

/** A cluster-wide list is given up for one of each namespace when more than this is left after its first page. */
export const clusterWideAtMost = 5000;

/**
 * All objects of a kind in some namespaces. One list does for several namespaces when the cluster is not too large for
 * that and the right is there; otherwise each namespace is listed by itself.
 */
export async function listIn<T extends KubeObject>(
  client: KubeClient,
  kind: Kind,
  namespaces: readonly string[],
  signal: AbortSignal,
  which: Pick<ListOptions, 'labelSelector' | 'metadataOnly' | 'keep'> = {},
): Promise<readonly T[]> {
  const [only, second] = namespaces;
  if (only === undefined) return [];
  if (second !== undefined) {
    try {
      const all = await client.list<T>(kind, { ...which, atMost: clusterWideAtMost }, signal);
      if (all.complete) {
        const wanted = new Set(namespaces);
        return all.items.filter((item) => wanted.has(item.metadata.namespace ?? ''));
      }
    } catch (error) {
      if (!isStatus(error, 403)) throw error;
    }
  }
  const lists = await Promise.all(
    namespaces.map((namespace) => client.list<T>(kind, { ...which, namespace }, signal)),
  );
  return lists.flatMap((list) => list.items);
}
