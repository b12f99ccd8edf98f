import type { Diagnostic, Step } from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { type Kind, kinds } from '../api/kinds.ts';
import type { KubeObject } from '../api/objects.ts';
import { mountedModules } from '../apply/assert-modules.ts';
import { codes, refuse } from '../compile/fault.ts';
import { objectState, templateState } from '../compile/steps.ts';
import { fleetLabel } from '../names.ts';
import { listIn } from './read-cluster.ts';

/**
 * Objects that have the very name of one that these steps would create, or have pods mount, and not the fleet's label. As names
 * are hashes of what they carry, they mostly are the fleet's and lost it; but only the label says so, and whoever took it away
 * may have meant it. Nothing is asked when nothing is created or mounted.
 */
export async function obstacles(
  client: KubeClient,
  fleet: string,
  steps: readonly Step[],
  signal: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const needed = steps.flatMap(({ before, after }): readonly Needed[] => {
    const created = before === null ? objectState(after) : undefined;
    return created === undefined ? mounted(after) : [created];
  });
  const found = await Promise.all(
    [...Map.groupBy(needed, ({ kind }) => kind)].map(async ([name, objects]) => {
      const kind = kinds[name as keyof typeof kinds];
      const places = new Set(objects.map(({ metadata }) => placeOf(metadata)));
      const namespaces = [...new Set(objects.map(({ metadata }) => metadata.namespace))].toSorted();
      const others = await unlabelled(client, kind, namespaces, fleet, signal);
      return others
        .filter(({ metadata }) => places.has(placeOf(metadata)))
        .map((each) => fault(kind, fleet, each));
    }),
  );
  return found.flat();
}

interface Needed {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
}

/** The modules that pods mount once a template is as a step leaves it. */
function mounted(after: Step['after']): readonly Needed[] {
  const template = templateState(after);
  if (template === undefined) return [];
  const { namespace } = template.workload;
  return mountedModules(template).map((name) => ({ kind: 'ConfigMap', metadata: { namespace, name } }));
}

function placeOf({ namespace, name }: KubeObject['metadata']): string {
  return `${namespace}/${name}`;
}

async function unlabelled(
  client: KubeClient,
  kind: Kind,
  namespaces: readonly string[],
  fleet: string,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const which = { labelSelector: `${fleetLabel}!=${fleet}`, metadataOnly: true };
  try {
    return await listIn<KubeObject>(client, kind, namespaces, signal, which);
  } catch (error) {
    // What may not be seen, or is no kind of this cluster, has been told of already.
    if (isStatus(error, 403, 404)) return [];
    throw error;
  }
}

function fault(kind: Kind, fleet: string, { metadata }: KubeObject): Diagnostic {
  const { namespace = '', name } = metadata;
  const what = `${kind.kind} ${placeOf(metadata)}`;
  const label = `kubectl label ${kind.resource} -n ${namespace} ${name} ${fleetLabel}=${fleet}`;
  return {
    ...refuse(
      codes.notOurs,
      what,
      `${what} stands where fleet ${fleet} would create its own, and has not the fleet's label`,
      `if it is the fleet's, give it back its label and plan again: ${label} --overwrite; else delete it`,
    ),
    exit: 'failed',
  };
}
