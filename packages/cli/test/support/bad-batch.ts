import type { KubeClient, KubeObject } from '@wasmcast/testbed';

const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const two = (n: number): string => String(n).padStart(2, '0');

/** Thirty filters: half of them files, half images. */
export const files = numbers(1, 15).map((n) => `file-${two(n)}`);
export const images = numbers(1, 15).map((n) => `image-${two(n)}`);

/** Twelve workloads: half of them take files, half images. The first of each half is in its first wave. */
export const fileWorkloads = numbers(1, 6).map((n) => `f${n}`);
export const imageWorkloads = numbers(1, 6).map((n) => `i${n}`);

/** What a batch has beside its good thirty filters. */
export interface Batch {
  readonly namespace: string;
  /** The images of the first filter of its half, and of the others: in one VM, what one traps takes the others with it. */
  readonly firstImage: string;
  readonly image: string;
  /** Configurations of filters that differ from the good one. */
  readonly configs?: Readonly<Record<string, string>>;
  /** Modules of filters that differ from the good one. */
  readonly modules?: Readonly<Record<string, string>>;
  readonly waves?: string;
  readonly timeout?: string;
  /** Namespaces of workloads that are elsewhere. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** The manifest of the batch: each workload has the first of its half's filters, and three more that others have too. */
export function batchManifest({
  namespace,
  firstImage,
  image,
  configs = {},
  modules = {},
  waves = '[1, 100%]',
  timeout = '40s',
  elsewhere = {},
}: Batch): string {
  const filter = (name: string): string => {
    const ownImage = name === images[0] ? firstImage : image;
    const good = name.startsWith('file') ? '{file: moody.wasm}' : `{image: "${ownImage}"}`;
    const parts = [
      `name: ${name}`,
      `module: ${modules[name] ?? good}`,
      `config: ${configs[name] ?? '{version: good}'}`,
      'onFailure: closed',
    ];
    return `- {${parts.join(', ')}}`;
  };
  const binding = (workload: string, i: number, all: readonly string[], delivery: string): string => {
    const [first, ...others] = all;
    const more = numbers(0, 2).map((n) => others[(i * 3 + n) % others.length]);
    const select = `{namespace: ${elsewhere[workload] ?? namespace}, name: ${workload}}`;
    return `- {name: ${workload}, target: mesh, select: ${select}, delivery: ${delivery}, chain: [${[first, ...more].join(', ')}]}`;
  };
  return `
metadata: {name: batch}
filters:
${[...files, ...images].map(filter).join('\n')}
targets:
- {name: mesh, istio: {}}
bindings:
${fileWorkloads.map((name, i) => binding(name, i, files, 'configmap')).join('\n')}
${imageWorkloads.map((name, i) => binding(name, i, images, 'image')).join('\n')}
rollout:
  timeout: ${timeout}
  waves: ${waves}
  gates: [{name: errors, stats: {maxErrorRate: 1%, minRequests: 10}, interval: 1s, count: 3}]
`;
}

const collections = [
  '/apis/apps/v1|deployments',
  '/apis/networking.istio.io/v1alpha3|envoyfilters',
  '/apis/extensions.istio.io/v1alpha1|wasmplugins',
] as const;

/**
 * What stands for each workload, by name: the generations of its Deployment and of the fleet's objects that serve it, and
 * its pods that are not on their way out. Kubernetes counts a generation up at each change, also at one that is taken back.
 */
export async function standing(
  client: KubeClient,
  namespace: string,
): Promise<Record<string, readonly string[]>> {
  const list = async (api: string, resource: string): Promise<readonly KubeObject[]> =>
    ((await client.request('GET', `${api}/namespaces/${namespace}/${resource}`)) as { items: KubeObject[] })
      .items;
  const found = await Promise.all(
    collections.map(async (collection) => {
      const [api = '', resource = ''] = collection.split('|');
      return (await list(api, resource)).map(({ metadata }): readonly [string, string] => {
        const serves = (metadata['annotations'] as Record<string, string> | undefined)?.[
          'wasmcast.dev/workload'
        ];
        const name = serves?.replace('Deployment/', '') ?? metadata.name;
        return [
          name,
          `${resource} ${metadata.name} ${String(metadata['uid'])} ${String(metadata['generation'])}`,
        ];
      });
    }),
  );
  // A probe that has just been deleted may take a second to be gone.
  const staying = (await list('/api/v1', 'pods')).filter(
    ({ metadata }) => metadata['deletionTimestamp'] === undefined,
  );
  const pods = staying.map(({ metadata }): readonly [string, string] => [
    (metadata['labels'] as Record<string, string> | undefined)?.['app'] ?? metadata.name,
    `pod ${String(metadata['uid'])}`,
  ]);
  const byName = Map.groupBy([...found.flat(), ...pods], ([name]) => name);
  return Object.fromEntries(
    [...byName].map(([name, entries]) => [name, entries.map(([, what]) => what).toSorted()]),
  );
}
