import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { NamespaceObject } from '../api/objects.ts';
import type { Native } from '../native.ts';
import { clusterWideAtMost } from './read-cluster.ts';

/** What namespaces say about the injection of sidecars, and which of them are not there. */
export interface ReadNamespaces {
  readonly labels: Native['namespaces'];
  readonly missing: readonly string[];
}

/** From so many on they are listed: each read at once with the others takes a connection of its own. */
const many = 8;

/** Reads namespaces; one that may not be read counts as there, with labels that nobody knows. */
export async function readNamespaces(
  client: KubeClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadNamespaces> {
  const all = names.length < many ? undefined : await listedNamespaces(client, signal);
  if (all === undefined) return await readEach(client, names, signal);
  return {
    missing: names.filter((name) => !all.has(name)).toSorted(),
    labels: new Map(
      names.flatMap((name) => {
        const labels = all.get(name);
        return labels === undefined ? [] : [[name, labels]];
      }),
    ),
  };
}

/** The labels of all namespaces; undefined when they may not be listed, or are far too many. */
async function listedNamespaces(
  client: KubeClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>> | undefined> {
  try {
    const which = { metadataOnly: true, atMost: clusterWideAtMost };
    const { items, complete } = await client.list<NamespaceObject>(kinds.Namespace, which, signal);
    return complete
      ? new Map(items.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]))
      : undefined;
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
    return undefined;
  }
}

async function readEach(
  client: KubeClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadNamespaces> {
  const missing: string[] = [];
  const labels = new Map<string, Readonly<Record<string, string>> | undefined>();
  await Promise.all(
    names.map(async (name) => {
      try {
        const object = await client.get<NamespaceObject>(kinds.Namespace, undefined, name, signal);
        if (object === undefined) missing.push(name);
        else labels.set(name, object.metadata.labels ?? {});
      } catch (error) {
        // A right that only makes refusals better: without it, the namespace's own lists tell whether it is there.
        if (!isStatus(error, 403)) throw error;
        labels.set(name, undefined);
      }
    }),
  );
  return { labels, missing: missing.toSorted() };
}
