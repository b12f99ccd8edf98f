import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { NamespaceObject } from '../api/objects.ts';
import type { Native } from '../native.ts';

/** What namespaces say about the injection of sidecars, and which of them are not there. */
export interface ReadNamespaces {
  readonly labels: Native['namespaces'];
  readonly missing: readonly string[];
}

/** Reads namespaces one by one; one that may not be read counts as there, with labels that nobody knows. */
export async function readNamespaces(
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
