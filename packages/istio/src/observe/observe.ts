import { type Observed, type ObserveQuery, workloadAddress } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { ConfigMapObject, PodObject, SpecObject } from '../api/objects.ts';
import { indexOwned } from '../compile/owned.ts';
import { fleetLabel, isModuleName, probeLabel } from '../names.ts';
import {
  type IstioSettings,
  type MeshVersion,
  type Native,
  type NativeWorkload,
  type OwnedModule,
  revisionOf,
  rootNamespace,
} from '../native.ts';
import { listOwned, type OwnedList, type Places } from './list-owned.ts';
import { missingNamespace, noMesh, unseenNamespace } from './looking-faults.ts';
import { readMeshVersion } from './mesh-version.ts';
import { isConcerned, observedWorkload } from './observed-workload.ts';
import { podsOf, workloadOfPod } from './pods.ts';
import { neighboursOf } from './neighbours.ts';
import { readNamespaces } from './read-namespaces.ts';
import { readRights } from './rights.ts';
import { strayFaults } from './strays.ts';
import { allNamespaces, type ClusterView, readWorkloads } from './read-workloads.ts';

/** The readings of what the fleet has that others share. */
export interface OwnedReads extends Pick<Places, 'former'> {
  configMaps(): Promise<OwnedList<ConfigMapObject>>;
}

/** The cluster as it stands, for a fleet: one list of each kind, and a few single reads. */
export async function observe(
  client: KubeClient,
  settings: IstioSettings,
  query: ObserveQuery,
  owned: OwnedReads,
  signal: AbortSignal,
): Promise<{ readonly observed: Observed; readonly view: ClusterView }> {
  const selected = [...new Set(query.selectors.map((selector) => selector.namespace))].toSorted();
  const places = { present: selected, former: owned.former };
  const objectKinds = [kinds.EnvoyFilter, kinds.WasmPlugin, kinds.TrafficExtension];
  const [configMaps, namespaces, ...objectLists] = await Promise.all([
    owned.configMaps(),
    readNamespaces(client, selected, signal),
    ...objectKinds.map((kind) => listOwned<SpecObject>(client, kind, query.fleet, places, signal)),
  ]);
  const objects = objectLists.flatMap((list, i) => {
    const kind = objectKinds[i];
    return kind === undefined ? [] : (list?.items ?? []).map((object) => ({ kind, object }));
  });
  const unseen = [...new Set([configMaps, ...objectLists].flatMap((list) => list?.unseen ?? []))].toSorted();
  const modules = modulesOf(query.fleet, configMaps.items);
  const wide = new Set([
    ...selected.filter((name) => namespaces.missing.every((gone) => gone !== name)),
    ...objects.map(({ object }) => object.metadata.namespace ?? ''),
    ...modules.map((module) => module.namespace),
  ]);
  const all = [...wide].toSorted();
  // What is written to the root namespace reaches into all others: then all that it might reach is looked at.
  const reachesAll = query.selectors.some((s) => s.rootNamespace === true && s.namespace === rootNamespace);
  const [view, rights] = await Promise.all([
    (reachesAll ? allNamespaces(client, signal) : Promise.resolve(all)).then((looked) =>
      readWorkloads(client, settings.target, looked, signal),
    ),
    readRights(client, all, settings.stateNamespace, signal),
  ]);
  const { pods, workloads: found } = view;
  const byWorkload = Map.groupBy(pods, (pod) => `${pod.metadata.namespace} ${workloadOfPod(pod)}`);
  const natives = found.map(({ id, object }): NativeWorkload => ({
    id,
    object,
    pods: podsOf(id, byWorkload.get(`${id.namespace} ${id.kind}/${id.name}`) ?? []),
  }));
  const ids = found.map(({ id }) => id);
  const partial = {
    fleet: query.fleet,
    workloads: new Map(natives.map((w) => [workloadAddress(w.id), w])),
    neighbours: neighboursOf(natives, pods),
    reachesAll,
    owned: indexOwned(query.fleet, objects, ids),
    modules,
    leftProbes: pods.filter((pod) => isLeftProbe(query.fleet, pod)),
    namespaces: namespaces.labels,
    rights,
    hasTrafficExtension: objectLists[2] !== undefined,
    versions: new Map<string, MeshVersion>(),
  };
  const selectors = Map.groupBy(query.selectors, (selector) => selector.namespace);
  const concerned = natives.filter((w) => isConcerned(w, partial, selectors.get(w.id.namespace)));
  const [versions, strays] = await Promise.all([
    readMeshVersions(client, concerned, partial, signal),
    query.strays === true ? strayFaults(client, query.fleet, all, ids, signal) : [],
  ]);
  const native: Native = { ...partial, versions };
  const observed: Observed = {
    target: settings.target,
    workloads: concerned.map((workload) => observedWorkload(workload, native)),
    versions: versionTexts(versions),
    diagnostics: [
      ...(objectLists[0] === undefined ? [noMesh(settings.target)] : []),
      ...namespaces.missing.map((name) => missingNamespace(name, settings.target)),
      ...unseen.map((name) => unseenNamespace(query.fleet, name)),
      ...strays,
    ],
    native,
  };
  return { observed, view };
}

/** The versions behind each revision of Istio that these workloads have. */
async function readMeshVersions(
  client: KubeClient,
  workloads: readonly NativeWorkload[],
  namespaces: Pick<Native, 'namespaces'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, MeshVersion>> {
  const revisions = Map.groupBy(workloads, (workload) => revisionOf(workload, namespaces));
  const read = [...revisions].map(async ([revision, list]): Promise<[string, MeshVersion]> => {
    const pods = list.flatMap((workload) => workload.pods);
    return [revision, await readMeshVersion(client, revision, pods, signal)];
  });
  return new Map(await Promise.all(read));
}

/** Whoever started it is gone, or this process would hold the lock of another. */
function isLeftProbe(fleet: string, { metadata }: PodObject): boolean {
  const { labels, deletionTimestamp } = metadata;
  return (
    labels?.[fleetLabel] === fleet && labels[probeLabel] !== undefined && deletionTimestamp === undefined
  );
}

/** By their names: what else they say may have been taken away, and pods mount them by name. */
function modulesOf(fleet: string, configMaps: readonly ConfigMapObject[]): readonly OwnedModule[] {
  return configMaps
    .filter(({ metadata }) => isModuleName(fleet, metadata.name))
    .map(({ metadata }) => ({ namespace: metadata.namespace ?? '', metadata }));
}

function versionTexts(versions: ReadonlyMap<string, MeshVersion>): readonly string[] {
  const texts = new Set<string>();
  for (const [revision, { istio, envoy, isGuess }] of versions) {
    if (istio !== undefined && isGuess !== true)
      texts.add(`Istio ${istio}${revision === 'default' ? '' : ` (revision ${revision})`}`);
    if (envoy !== undefined) texts.add(`Envoy ${envoy}`);
  }
  return [...texts].toSorted();
}
