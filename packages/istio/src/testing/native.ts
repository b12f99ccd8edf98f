import { neighboursOf } from '../observe/neighbours.ts';
import type { DesiredFilter, JsonObject, Sha256, Step, WorkloadId } from '@wasmcast/core';
import { workloadAddress } from '@wasmcast/core';
import { kinds } from '../api/kinds.ts';
import type { PodObject, SpecObject, WorkloadObject } from '../api/objects.ts';
import { putEntry, takeEntry } from '../compile/annotations/merge-entry.ts';
import { indexOwned, type OwnedObject } from '../compile/owned.ts';
import { objectState, templateState } from '../compile/steps.ts';
import { annotationTexts } from '../fragments.ts';
import { mountsLabel, userVolume, userVolumeMount, volumeName } from '../names.ts';
import type { IstioSettings, Native, NativeWorkload } from '../native.ts';

/** A cluster as plain data, for tests of what is pure. */

export const settings: IstioSettings = {
  target: 'prod',
  stateNamespace: 'istio-system',
  imageResource: 'WasmPlugin',
};

export const frontpage: WorkloadId = {
  target: 'prod',
  namespace: 'foo',
  kind: 'Deployment',
  name: 'frontpage-v1',
};

export function digest(character: string): Sha256 {
  return character.repeat(64) as Sha256;
}

/** A filter as the brief has it. */
export function filter(name: string, change: Partial<DesiredFilter> = {}): DesiredFilter {
  const moduleDigest = change.moduleDigest ?? digest('a');
  return {
    name,
    moduleDigest,
    moduleSize: 5000,
    delivery: 'configmap',
    position: 'last',
    rootId: 'my_root_id',
    vmId: `${name}-${moduleDigest.slice(0, 8)}`,
    allowPrecompiled: true,
    env: {},
    config: { kind: 'none' },
    onFailure: 'closed',
    ...change,
  };
}

/** The same, from a registry. */
export function imageFilter(name: string, change: Partial<DesiredFilter> = {}): DesiredFilter {
  const imageDigest = digest('e');
  const reference = `registry.example/filters/${name}@sha256:${imageDigest}`;
  return filter(name, {
    delivery: 'image',
    allowPrecompiled: false,
    image: { reference, digest: imageDigest },
    ...change,
  });
}

export function pod(name: string, change: Partial<PodObject> = {}): PodObject {
  return {
    metadata: { name, namespace: 'foo', uid: `uid-${name}`, labels: { app: 'frontpage', version: 'v1' } },
    spec: { containers: [{ name: 'app' }, { name: 'istio-proxy' }] },
    status: { phase: 'Running' },
    ...change,
  };
}

export function workload(
  spec: Partial<NonNullable<WorkloadObject['spec']>> = {},
  id: WorkloadId = frontpage,
): NativeWorkload {
  const labels = id === frontpage ? { app: 'frontpage', version: 'v1' } : { app: id.name };
  return {
    id,
    object: {
      metadata: { name: id.name, namespace: id.namespace, uid: `uid-${id.name}`, generation: 1 },
      spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels } }, ...spec },
    },
    pods: [pod(`${id.name}-1`), pod(`${id.name}-2`)],
  };
}

export function native(
  workloads: readonly NativeWorkload[] = [workload()],
  change: Partial<Native> = {},
): Native {
  return {
    fleet: 'shop',
    workloads: new Map(workloads.map((w) => [workloadAddress(w.id), w])),
    neighbours: neighboursOf(workloads, []),
    owned: indexOwned('shop', [], []),
    modules: [],
    reachesAll: false,
    leftProbes: [],
    namespaces: new Map([['foo', { 'istio-injection': 'enabled' }]]),
    rights: { may: () => true },
    hasTrafficExtension: true,
    versions: new Map([['default', { istio: '1.31', envoy: '1.40.0' }]]),
    ...change,
  };
}

/** The fleet's objects in a cluster. */
export function objectsOf(seen: Native): readonly OwnedObject[] {
  return seen.owned.all.map((o) => o.owned);
}

/** The same cluster with these objects of the fleet instead. */
export function withObjects(seen: Native, objects: readonly OwnedObject[]): Native {
  const ids = [...seen.workloads.values()].map(({ id }) => id);
  return { ...seen, owned: indexOwned(seen.fleet, objects, ids) };
}

/** What a cluster shows after these steps: as the API server would do them. */
export function after(before: Native, steps: readonly Step[]): Native {
  return steps.reduce(applied, before);
}

function applied(before: Native, step: Step): Native {
  const template = templateState(step.after);
  if (template !== undefined) {
    const address = step.workload ?? '';
    const old = before.workloads.get(address);
    if (old === undefined) throw new Error(`no workload ${address}`);
    const texts = annotationTexts(old.object);
    const name = volumeName(template.fleet);
    const edit = (text: string | undefined, entry: JsonObject | null): string | undefined =>
      entry === null ? takeEntry(text, name) : putEntry(text, name, entry);
    const metadata = old.object.spec?.template?.metadata;
    const annotations = defined({
      ...metadata?.annotations,
      [userVolume]: edit(texts.volume, template.volume),
      [userVolumeMount]: edit(texts.mount, template.mount),
    });
    const labels = defined({
      ...metadata?.labels,
      [mountsLabel(template.fleet)]: template.label ?? undefined,
    });
    const spec = {
      ...old.object.spec,
      template: { ...old.object.spec?.template, metadata: { labels, annotations } },
    };
    const next: NativeWorkload = { ...old, object: { ...old.object, spec } };
    return { ...before, workloads: new Map([...before.workloads, [address, next]]) };
  }
  const state = objectState(step.after ?? step.before);
  if (state === undefined) throw new Error(`step ${step.id} has no object`);
  const { name, namespace } = state.metadata;
  if (state.kind === 'ConfigMap') {
    const others = before.modules.filter((m) => m.metadata.name !== name || m.namespace !== namespace);
    const added = step.after === null ? [] : [{ namespace, metadata: state.metadata }];
    return { ...before, modules: [...others, ...added] };
  }
  const others = objectsOf(before).filter(
    (o) => o.kind.kind !== state.kind || o.object.metadata.name !== name,
  );
  const object = step.after as unknown as SpecObject | null;
  const kind = kinds[state.kind as keyof typeof kinds];
  return withObjects(before, object === null ? others : [...others, { kind, object }]);
}

function defined(map: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(map).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
