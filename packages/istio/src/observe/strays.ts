import type { Diagnostic, WorkloadId } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { type Kind, kinds } from '../api/kinds.ts';
import type { SpecObject } from '../api/objects.ts';
import { codes, refuse } from '../compile/fault.ts';
import { servedByName } from '../compile/served.ts';
import { fleetLabel, isModuleName, workloadKey } from '../names.ts';
import { isStatus } from '../api/api-error.ts';

const filterKinds = [kinds.EnvoyFilter, kinds.WasmPlugin, kinds.TrafficExtension];

/**
 * What has the name of something of the fleet's in these namespaces, and not its label any more: it is in nobody's list, and
 * would stay when the fleet goes. It is told and not taken, for only the label says whose it is.
 */
export async function strayFaults(
  client: KubeClient,
  fleet: string,
  namespaces: readonly string[],
  workloads: readonly WorkloadId[],
  signal: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const found = await Promise.all(
    namespaces.flatMap((namespace) => {
      const here = workloads.filter((id) => id.namespace === namespace);
      const byKey = new Map(here.map((id) => [workloadKey(id), id]));
      const isOurs = (object: SpecObject): boolean => servedByName(fleet, object, byKey) !== undefined;
      const isModule = ({ metadata }: SpecObject): boolean => isModuleName(fleet, metadata.name);
      return [
        ...filterKinds.map((kind) => unlabelled(client, kind, namespace, isOurs, signal)),
        unlabelled(client, kinds.ConfigMap, namespace, isModule, signal),
      ];
    }),
  );
  return found.flat().map(({ kind, metadata: { namespace = '', name } }) => ({
    ...refuse(
      codes.notOurs,
      `${kind.kind} ${namespace}/${name}`,
      `${kind.kind} ${namespace}/${name} has the name of one of fleet ${fleet}, and not its label: it would stay`,
      `kubectl label ${kind.resource} -n ${namespace} ${name} ${fleetLabel}=${fleet}, or delete it`,
    ),
    exit: 'failed',
  }));
}

async function unlabelled(
  client: KubeClient,
  kind: Kind,
  namespace: string,
  isOurs: (object: SpecObject) => boolean,
  signal: AbortSignal,
): Promise<readonly { readonly kind: Kind; readonly metadata: SpecObject['metadata'] }[]> {
  const options = { namespace, labelSelector: `!${fleetLabel}`, metadataOnly: kind === kinds.ConfigMap };
  try {
    const { items } = await client.list<SpecObject>(kind, options, signal);
    return items.filter(isOurs).map(({ metadata }) => ({ kind, metadata }));
  } catch (error) {
    // A kind that the cluster does not have; a namespace that may not be looked at has been told of.
    if (isStatus(error, 403, 404)) return [];
    throw error;
  }
}
