import { createHash } from 'node:crypto';
import {
  type Diagnostic,
  type Observed,
  type ObserveQuery,
  type ObservedWorkload,
  parseSha256,
  selects,
  type WorkloadId,
  workloadAddress,
} from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { kinds, workloadKinds } from '../api/kinds.ts';
import type {
  ConfigMapObject,
  NamespaceObject,
  PodObject,
  SpecObject,
  WorkloadObject,
} from '../api/objects.ts';
import { codes, refuse } from '../compile/fault.ts';
import { ownedBy } from '../compile/owned.ts';
import { readFragment } from '../fragments.ts';
import { digestAnnotation, fleetLabel } from '../names.ts';
import {
  type IstioSettings,
  type MeshVersion,
  type Native,
  type NativeWorkload,
  type Neighbour,
  type OwnedModule,
  revisionOf,
} from '../native.ts';
import { installedChains } from './installed.ts';
import { readMeshVersion } from './mesh-version.ts';
import { podsOf, workloadOfPod } from './pods.ts';
import { listIn, listOwned } from './read-cluster.ts';
import { restartNote } from './restart-note.ts';
import { readRights } from './rights.ts';

/** What was read on the way, for whoever reads on. */
export interface ClusterView {
  readonly pods: readonly PodObject[];
  readonly workloads: readonly { readonly id: WorkloadId; readonly object: WorkloadObject }[];
  readonly namespaces: readonly string[];
}

/** The cluster as it stands, for a fleet: one list of each kind, and a few single reads. */
export async function observe(
  client: KubeClient,
  settings: IstioSettings,
  query: ObserveQuery,
  fleetConfigMaps: () => Promise<readonly ConfigMapObject[]>,
  signal: AbortSignal,
): Promise<{ readonly observed: Observed; readonly view: ClusterView }> {
  const selected = [...new Set(query.selectors.map((selector) => selector.namespace))].toSorted();
  const label = `${fleetLabel}=${query.fleet}`;
  const objectKinds = [kinds.EnvoyFilter, kinds.WasmPlugin, kinds.TrafficExtension];
  const [configMaps, namespaces, ...objectLists] = await Promise.all([
    fleetConfigMaps(),
    readNamespaces(client, selected, signal),
    ...objectKinds.map((kind) => listOwned<SpecObject>(client, kind, label, selected, signal)),
  ]);
  const objects = objectLists.flatMap((list, i) => {
    const kind = objectKinds[i];
    return kind === undefined ? [] : (list ?? []).map((object) => ({ kind, object }));
  });
  const modules = modulesOf(configMaps);
  const wide = new Set([
    ...selected.filter((name) => namespaces.missing.every((gone) => gone !== name)),
    ...objects.map(({ object }) => object.metadata.namespace ?? ''),
    ...modules.map((module) => module.namespace),
  ]);
  const all = [...wide].toSorted();
  const [pods, rights, ...workloadLists] = await Promise.all([
    listIn<PodObject>(client, kinds.Pod, all, signal),
    readRights(client, all, settings.stateNamespace, signal),
    ...workloadKinds.map((kind) => listIn<WorkloadObject>(client, kinds[kind], all, signal)),
  ]);
  const found = workloadLists.flatMap((list, i) =>
    list.map((object) => ({
      id: {
        target: settings.target,
        namespace: object.metadata.namespace ?? '',
        kind: workloadKinds[i] ?? 'Deployment',
        name: object.metadata.name,
      } satisfies WorkloadId,
      object,
    })),
  );
  const byWorkload = Map.groupBy(pods, (pod) => `${pod.metadata.namespace} ${workloadOfPod(pod)}`);
  const natives = found.map(({ id, object }): NativeWorkload => ({
    id,
    object,
    pods: podsOf(id, byWorkload.get(`${id.namespace} ${id.kind}/${id.name}`) ?? []),
  }));
  const partial = {
    fleet: query.fleet,
    workloads: new Map(natives.map((w) => [workloadAddress(w.id), w])),
    neighbours: neighboursOf(natives, pods),
    objects,
    modules,
    namespaces: namespaces.labels,
    rights,
    hasTrafficExtension: objectLists[2] !== undefined,
    versions: new Map<string, MeshVersion>(),
  };
  const concerned = natives.filter((w) => isConcerned(w, partial, query));
  const revisions = Map.groupBy(concerned, revisionOf);
  const versions = new Map(
    await Promise.all(
      [...revisions].map(async ([revision, list]): Promise<[string, MeshVersion]> => [
        revision,
        await readMeshVersion(
          client,
          revision,
          list.flatMap((w) => w.pods),
          signal,
        ),
      ]),
    ),
  );
  const native: Native = { ...partial, versions };
  const observed: Observed = {
    target: settings.target,
    workloads: concerned.map((workload) => observedWorkload(workload, native)),
    versions: versionTexts(versions),
    diagnostics: [
      ...(objectLists[0] === undefined ? [noMesh(settings.target)] : []),
      ...namespaces.missing.map((name) => missingNamespace(name, settings.target)),
    ],
    native,
  };
  return { observed, view: { pods, workloads: found, namespaces: all } };
}

function observedWorkload(workload: NativeWorkload, native: Native): ObservedWorkload {
  const { id, object, pods } = workload;
  const note = restartNote(id.kind, object);
  return {
    id,
    labels: object.spec?.template?.metadata?.labels ?? {},
    instances: pods.map((pod) => ({ workload: id, name: pod.metadata.name, uid: pod.metadata.uid ?? '' })),
    chains: installedChains(workload, native),
    version: versionOf(workload, native),
    ...(note !== undefined && { restartNote: note }),
  };
}

/** Changes with the workload's spec and with every object of ours that serves it; not with its status. */
function versionOf(workload: NativeWorkload, native: Native): string {
  const { metadata } = workload.object;
  const objects = ownedBy(native, workload.id)
    .map(
      (o) => `${o.owned.kind.kind} ${o.owned.object.metadata.uid} ${o.owned.object.metadata.resourceVersion}`,
    )
    .toSorted();
  return createHash('sha256')
    .update(JSON.stringify([metadata.uid, metadata.generation, objects]))
    .digest('hex')
    .slice(0, 16);
}

/** Selected by a binding, or with something of the fleet on it. */
function isConcerned(workload: NativeWorkload, native: Native, query: ObserveQuery): boolean {
  const labels = workload.object.spec?.template?.metadata?.labels ?? {};
  if (query.selectors.some((selector) => selects(selector, workload.id, labels))) return true;
  if (ownedBy(native, workload.id).length > 0) return true;
  const fragment = readFragment(query.fleet, workload.object);
  return typeof fragment !== 'string' && Object.values(fragment).some((part) => part !== null);
}

function modulesOf(configMaps: readonly ConfigMapObject[]): readonly OwnedModule[] {
  return configMaps.flatMap(({ metadata }): OwnedModule[] => {
    const digest = parseSha256(metadata.annotations?.[digestAnnotation] ?? '');
    return digest === undefined ? [] : [{ namespace: metadata.namespace ?? '', metadata, digest }];
  });
}

function neighboursOf(
  workloads: readonly NativeWorkload[],
  pods: readonly PodObject[],
): readonly Neighbour[] {
  const known = new Set(workloads.map((w) => `${w.id.namespace} ${w.id.kind}/${w.id.name}`));
  const templates = workloads.map(({ id, object }): Neighbour => ({
    namespace: id.namespace,
    name: `${id.kind}/${id.name}`,
    labels: object.spec?.template?.metadata?.labels ?? {},
  }));
  const others = pods
    .filter((pod) => !known.has(`${pod.metadata.namespace} ${workloadOfPod(pod)}`))
    .map(({ metadata }): Neighbour => ({
      namespace: metadata.namespace ?? '',
      name: `pod ${metadata.name}`,
      labels: metadata.labels ?? {},
    }));
  return [...templates, ...others];
}

async function readNamespaces(
  client: KubeClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<{
  readonly labels: ReadonlyMap<string, Readonly<Record<string, string>> | undefined>;
  readonly missing: readonly string[];
}> {
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

function noMesh(target: string): Diagnostic {
  return refuse(
    codes.noMesh,
    `target ${target}`,
    `there is no Istio in ${target}: its API server does not have the kind EnvoyFilter`,
    'install Istio, or correct the context of the target',
  );
}

function missingNamespace(name: string, target: string): Diagnostic {
  return refuse(
    codes.noNamespace,
    `namespace ${name}`,
    `there is no namespace ${name} in ${target}`,
    `create it (kubectl create namespace ${name}) or correct the binding`,
  );
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
