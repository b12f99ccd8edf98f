import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { type Kind, kinds } from '../api/kinds.ts';
import type { SpecObject } from '../api/objects.ts';
import { rootNamespace } from '../native.ts';
import { listIn } from '../observe/read-cluster.ts';

/** An object that puts filters into proxies. */
export interface Source {
  readonly kind: Kind;
  readonly object: SpecObject;
}

/** All of them in some namespaces, and in the root namespace, which concerns every proxy. */
export interface Sources {
  readonly list: readonly Source[];
  /** Kinds that may not be listed, and where. */
  readonly unseen: readonly string[];
}

const sourceKinds = [
  kinds.EnvoyFilter,
  kinds.WasmPlugin,
  kinds.TrafficExtension,
  kinds.AuthorizationPolicy,
  kinds.RequestAuthentication,
];

/** Lists what puts filters into the proxies of these namespaces. A kind that the cluster does not have has no objects. */
export async function readSources(
  client: KubeClient,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<Sources> {
  const unseen: string[] = [];
  const list = async (kind: Kind, places: readonly string[]): Promise<readonly Source[]> => {
    try {
      const objects = await listIn<SpecObject>(client, kind, places, signal);
      return objects.map((object) => ({ kind, object }));
    } catch (error) {
      if (isStatus(error, 404)) return [];
      if (!isStatus(error, 403)) throw error;
      unseen.push(`${kind.resource} in ${places.join(', ')}: no right to list them`);
      return [];
    }
  };
  const local = [...new Set(namespaces)].filter((name) => name !== rootNamespace);
  // Apart: who may look at his own namespaces often may not look at the root namespace.
  const lists = await Promise.all(
    sourceKinds.flatMap((kind) => [list(kind, local), list(kind, [rootNamespace])]),
  );
  return { list: lists.flat(), unseen: unseen.toSorted() };
}
