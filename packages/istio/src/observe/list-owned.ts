import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import type { Kind } from '../api/kinds.ts';
import type { KubeObject } from '../api/objects.ts';
import { fleetLabel } from '../names.ts';

/** Where a fleet's objects are looked for by who may not look at the whole cluster. */
export interface Places {
  /** Where the bindings point to; a namespace of these that may not be read is an error. */
  readonly present: readonly string[];
  /** Namespaces that the fleet's revisions name: no binding may name them any more. Asked only when it matters. */
  former(): Promise<readonly string[]>;
}

/** The fleet's objects of a kind. */
export interface OwnedList<T> {
  readonly items: readonly T[];
  /** Former namespaces that may not be read. */
  readonly unseen: readonly string[];
}

/**
 * All objects of a kind that carry the fleet's label: in the whole cluster, or where that right is missing, in the given
 * places. Undefined: the cluster does not have the kind.
 */
export async function listOwned<T extends KubeObject>(
  client: KubeClient,
  kind: Kind,
  fleet: string,
  places: Places,
  signal: AbortSignal,
): Promise<OwnedList<T> | undefined> {
  const options = { labelSelector: `${fleetLabel}=${fleet}`, metadataOnly: kind.kind === 'ConfigMap' };
  const list = async (namespace?: string): Promise<readonly T[]> =>
    (await client.list<T>(kind, { ...options, namespace }, signal)).items;
  try {
    return { items: await list(), unseen: [] };
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    if (!isStatus(error, 403)) throw error;
  }
  const present = new Set(places.present);
  const former = (await places.former()).filter((namespace) => !present.has(namespace));
  const unseen: string[] = [];
  const orUnseen = async (namespace: string): Promise<readonly T[]> => {
    try {
      return await list(namespace);
    } catch (error) {
      if (!isStatus(error, 403)) throw error;
      unseen.push(namespace);
      return [];
    }
  };
  try {
    const lists = await Promise.all([...[...present].map((each) => list(each)), ...former.map(orUnseen)]);
    return { items: lists.flat(), unseen };
  } catch (error) {
    // Who may not look at the whole cluster hears only now that there is no such kind.
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}
