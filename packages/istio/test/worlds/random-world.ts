import type { Binding, FilterConfig, FilterSpec, Fleet, Position } from '@wasmcast/core';
import type { KubeObject } from '@wasmcast/testbed';
import { Random } from '../../../engine/src/testing/random.ts';

/** A namespace as others left it (names of fleets are unique in a cluster, so they carry the seed too), and what fleets do to it. All of it follows from the seed. */
export interface RandomWorld {
  readonly namespace: string;
  /** What stands there before any fleet. */
  readonly objects: readonly KubeObject[];
  /** Another fleet that is there before ours; absent in many worlds. */
  readonly neighbour?: { readonly fleet: Fleet; readonly stopAfter: number };
  /** What our fleet wants, one time after the other; all but the last may be interrupted after some writes. */
  readonly applies: readonly { readonly fleet: Fleet; readonly stopAfter: number }[];
  /** After how many writes a first try to remove it is interrupted; undefined: it is not. */
  readonly removeInterrupted: number | undefined;
}

type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet';
interface Workload {
  readonly kind: Kind;
  readonly name: string;
}

const positions: readonly Position[] = ['first', 'authn', 'authz', 'last'];
const volume = { name: 'theirs', emptyDir: {} };
const mount = { name: 'theirs', mountPath: '/theirs' };
/** In the place that is ours as a rule. */
const sameMount = { name: 'theirs', mountPath: '/var/local/lib/wasm-filters' };

export function randomWorld(seed: number): RandomWorld {
  const random = new Random(seed);
  const namespace = `world-${seed}`;
  const workloads = Array.from({ length: 1 + random.below(4) }, (_, i): Workload => ({
    kind: pick(random, ['Deployment', 'StatefulSet', 'DaemonSet']),
    name: `w${i}`,
  }));
  const applies = Array.from({ length: 1 + random.below(3) }, () => ({
    fleet: randomFleet(random, `shop-${seed}`, namespace, workloads),
    stopAfter: random.chance(0.3) ? 1 + random.below(6) : Infinity,
  }));
  return {
    namespace,
    objects: [
      ...workloads.map((workload) => workloadObject(random, namespace, workload)),
      ...foreignObjects(random, namespace, workloads),
    ],
    ...(random.chance(0.4) && {
      neighbour: {
        fleet: randomFleet(random, `other-${seed}`, namespace, workloads),
        stopAfter: random.chance(0.4) ? 1 + random.below(4) : Infinity,
      },
    }),
    applies: applies.map((each, i) => (i === applies.length - 1 ? { ...each, stopAfter: Infinity } : each)),
    removeInterrupted: random.chance(0.3) ? 1 + random.below(4) : undefined,
  };
}

function pick<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[random.below(values.length)] ?? values[0];
}

/** As people write it: a list or a map, in any formatting, empty, or with what is no JSON at all. */
function annotation(random: Random, value: object & { readonly name: string }): string | undefined {
  const { name, ...rest } = value;
  const indent = random.below(3);
  return pick(random, [
    undefined,
    undefined,
    JSON.stringify([value], undefined, indent),
    JSON.stringify({ [name]: rest }, undefined, indent),
    ` [ ${JSON.stringify(value)} , ${JSON.stringify({ ...value, name: 'more', mountPath: '/more' })}]\n`,
    '[]',
    '{ }',
    random.chance(0.1) ? '[{' : undefined,
  ]);
}

function workloadObject(random: Random, namespace: string, { kind, name }: Workload): KubeObject {
  const labels = { app: name, ...(random.chance(0.5) && { version: `v${random.below(3)}` }) };
  const userVolume = annotation(random, volume);
  const userVolumeMount = annotation(random, random.chance(0.2) ? sameMount : mount);
  const annotations = {
    ...(userVolume !== undefined && { 'sidecar.istio.io/userVolume': userVolume }),
    ...(userVolumeMount !== undefined && { 'sidecar.istio.io/userVolumeMount': userVolumeMount }),
    ...(random.chance(0.5) && { 'example.com/note': 'a/b "c"' }),
  };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace, labels, ...(random.chance(0.3) && { annotations: { team: 'x' } }) },
    spec: {
      // Without a node nothing would ever be ready; what is written is the same.
      ...(kind === 'DaemonSet' ? {} : { replicas: 0 }),
      ...(kind === 'StatefulSet' && { serviceName: name }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, ...(Object.keys(annotations).length > 0 && { annotations }) },
        spec: { containers: [{ name: 'app', image: 'none' }] },
      },
    },
  };
}

/** Filters, extensions and files that somebody else put there by hand, some under labels that look like ours. */
function foreignObjects(
  random: Random,
  namespace: string,
  workloads: readonly Workload[],
): readonly KubeObject[] {
  const labels = (): object =>
    pick<object>(random, [{}, { 'app.kubernetes.io/managed-by': 'wasmcast' }, { a: 'b' }]);
  const meta = (name: string): KubeObject['metadata'] => ({ name, namespace, labels: labels() });
  return workloads.flatMap(({ name }): KubeObject[] => [
    ...(random.chance(0.4)
      ? [
          {
            apiVersion: 'networking.istio.io/v1alpha3',
            kind: 'EnvoyFilter',
            metadata: meta(`theirs-${name}`),
            spec: {
              priority: random.below(20),
              workloadSelector: { labels: { app: name } },
              configPatches: [],
            },
          },
        ]
      : []),
    ...(random.chance(0.3)
      ? [
          {
            apiVersion: 'extensions.istio.io/v1alpha1',
            kind: 'WasmPlugin',
            metadata: meta(`theirs-${name}`),
            spec: {
              url: 'oci://registry.example/theirs:1',
              phase: pick(random, ['AUTHN', 'AUTHZ', 'STATS']),
              priority: random.below(20),
              selector: { matchLabels: { app: name } },
            },
          },
        ]
      : []),
    ...(random.chance(0.3)
      ? [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta(`wasmcast-${name}`), data: { a: 'b' } }]
      : []),
  ]);
}

function randomFleet(random: Random, name: string, namespace: string, workloads: readonly Workload[]): Fleet {
  const delivery = pick(random, ['configmap', 'configmap', 'image', 'mixed']);
  const filters = Array.from({ length: 1 + random.below(4) }, (_, i) => randomFilter(random, i, delivery));
  const some = workloads.filter(() => random.chance(0.8));
  return {
    name,
    filters,
    targets: [
      {
        kind: 'istio',
        name: 'mesh',
        context: undefined,
        stateNamespace: namespace,
        imageResource: 'WasmPlugin',
        declaredIn: 'wasmcast.yaml',
      },
    ],
    bindings: some.map((workload, i): Binding => ({
      name: `b${i}`,
      target: 'mesh',
      select: { namespace, kind: workload.kind, name: workload.name, labels: {} },
      direction: pick(random, ['inbound', 'inbound', 'outbound']),
      position: pick(random, ['last', ...positions]),
      delivery: 'auto',
      chain: chainOf(random, filters),
    })),
    rollout: {
      timeoutMs: 60_000,
      probe: 'off',
      waves: random.chance(0.3) ? [{ kind: 'count', workloads: 1 }] : [],
      gates: [],
      maxRestarting: undefined,
      onFailure: 'rollback',
    },
  };
}

/** Some filters in some order, each once and at least one. */
function chainOf(random: Random, filters: readonly FilterSpec[]): readonly string[] {
  const names = filters.map((filter) => filter.name);
  const shuffled = names.map((name) => ({ name, at: random.next() })).toSorted((a, b) => a.at - b.at);
  return shuffled.slice(0, 1 + random.below(names.length)).map(({ name }) => name);
}

function randomFilter(random: Random, i: number, delivery: string): FilterSpec {
  const isImage = delivery === 'image' || (delivery === 'mixed' && random.chance(0.5));
  const version = random.below(4);
  const config = pick<FilterConfig>(random, [
    { kind: 'none' },
    { kind: 'json', value: { header: `x-${random.below(9)}`, list: [1, 'two', { three: true }] } },
    ...(isImage ? [] : [{ kind: 'text', text: `any: ${random.below(9)}\n` } as const]),
  ]);
  return {
    name: `f${i}`,
    module: isImage
      ? { kind: 'image', reference: `registry.example/f${i}-${version}` }
      : { kind: 'file', path: `f${i}-${version}.wasm` },
    rootId: random.chance(0.5) ? 'my_root_id' : '',
    vm: { id: undefined, allowPrecompiled: false, env: random.chance(0.2) && isImage ? { A: 'b' } : {} },
    config,
    onFailure: pick(random, ['closed', 'open']),
    declaredIn: 'wasmcast.yaml',
  };
}
