import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Exec, KubeConfig } from '@kubernetes/client-node';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Cluster,
  type KubeClient,
  type KubeObject,
  type ReadyPod,
  auditEntries,
  auditMark,
  auditWrites,
  buildRustFilter,
  httpGet,
  namespaceObject,
  packagePath,
  requireComponent,
  sharedCluster,
  skipNote,
  waitForWorkload,
  workloadObject,
  workloadPort,
} from '@wasmcast/testbed';
import { type CommandLine, commandLine } from './command-line.ts';

const missing = await requireComponent('cluster');
const user = 'journey';
const examples = path.resolve(import.meta.dirname, '../../../examples/filters');

/** Three workloads that take their filters as files, in one namespace, and three that take them as images, in another. */
const binary = ['front', 'cart', 'search'].map((name) => ({
  namespace: 'files',
  name,
  replicas: name === 'front' ? 2 : 1,
}));
const image = ['checkout', 'cards', 'ledger'].map((name) => ({ namespace: 'images', name, replicas: 1 }));
const workloads = [...binary, ...image];

describe.skipIf(missing !== undefined)(`a batch on a real mesh${skipNote(missing)}`, () => {
  let cluster: Cluster;
  let client: KubeClient;
  let folder: string;
  let cli: CommandLine;
  let before: Snapshot;
  const images: Record<string, string> = {};

  beforeAll(async () => {
    cluster = await sharedCluster();
    client = await cluster.client();
    folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-journey-'));
    cli = commandLine(folder, {
      KUBECONFIG: await cluster.kubeconfigFor(user, ['system:masters']),
      WASMCAST_INSECURE_REGISTRIES: cluster.registry.push,
    });
    await Promise.all([makeModules(), makeWorkloads()]);
    before = await snapshot(client);
  });

  afterAll(async () => {
    for (const namespace of ['files', 'images']) await client.delete(namespaceObject(namespace));
    client[Symbol.dispose]();
    await rm(folder, { recursive: true });
  });

  /** Two filters from TypeScript, one from Rust: as files in the folder, and as images in the registry. */
  async function makeModules(): Promise<void> {
    await mkdir(path.join(folder, 'modules'));
    await cli.ok(['build', path.join(examples, 'add-header'), '--out', 'modules/greeting.wasm']);
    await cli.ok(['build', path.join(examples, 'mask-body'), '--out', 'modules/mask.wasm']);
    const rust = await buildRustFilter(packagePath('fixtures', 'rust-tag'));
    await writeFile(path.join(folder, 'modules/tag.wasm'), await readFile(rust));
    for (const name of ['greeting', 'mask', 'tag']) {
      const { stdout } = await cli.ok([
        'push',
        `${cluster.registry.push}/journey/${name}:1`,
        `modules/${name}.wasm`,
      ]);
      expect(stdout).toMatch(/^\S+\/journey\/\w+@sha256:[0-9a-f]{64}\n$/);
      images[name] = stdout.trim();
    }
  }

  async function makeWorkloads(): Promise<void> {
    for (const namespace of ['files', 'images']) await client.apply(namespaceObject(namespace));
    for (const spec of workloads) await client.apply(workloadObject(cluster, spec));
    for (const spec of workloads) await waitForWorkload(client, workloadObject(cluster, spec));
  }

  const pods = async (spec: (typeof workloads)[number]): Promise<readonly ReadyPod[]> =>
    await waitForWorkload(client, workloadObject(cluster, spec));

  const manifest = (greeting: string): string => `
apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: journey}
filters:
- {name: tag, module: {file: modules/tag.wasm}, config: {x-chain: tag}}
- {name: mask, module: {file: modules/mask.wasm}, config: {words: [hidden]}}
- {name: greeting, module: {file: modules/greeting.wasm}, config: {header: x-greeting, value: ${greeting}}}
- {name: tag-image, module: {image: "${images['tag']}"}, config: {x-chain: tag}}
- {name: mask-image, module: {image: "${images['mask']}"}, config: {words: [hidden]}}
- {name: greeting-image, module: {image: "${images['greeting']}"}, config: {header: x-greeting, value: ${greeting}}}
targets:
- {name: mesh, istio: {}}
bindings:
${binary
  .map(
    ({ name }) =>
      `- {name: ${name}, target: mesh, select: {namespace: files, kind: Deployment, labels: {app: ${name}}}, delivery: configmap, chain: [greeting, mask, tag]}`,
  )
  .join('\n')}
${image
  .map(
    ({ name }) =>
      `- {name: ${name}, target: mesh, select: {namespace: images, kind: Deployment, labels: {app: ${name}}}, delivery: image, chain: [greeting-image, mask-image, tag-image]}`,
  )
  .join('\n')}
rollout: {gates: none, timeout: 3m}
`;

  /** What every pod of every workload answers, through its sidecar. */
  async function expectChains(greeting: string): Promise<void> {
    for (const spec of workloads) {
      for (const pod of await pods(spec)) {
        const answer = await httpGet(pod.ip, workloadPort, '/hidden');
        // The last of the chain sees the response first.
        expect.soft(answer.headers, `${spec.namespace}/${spec.name}`).toMatchObject({
          'x-greeting': greeting,
          'x-chain': 'tag, mask-body, add-header',
        });
        expect.soft(answer.body).not.toContain('hidden');
      }
    }
  }

  test('the plan says what restarts: those with files, not those with images', async () => {
    await writeFile(path.join(folder, 'wasmcast.yaml'), manifest('hello'));
    const { stdout, exit } = await cli.run(['plan', '--detailed-exitcode', '-o', 'json']);
    expect(exit).toBe(2);
    const plan = JSON.parse(stdout) as { targets: [{ restarts: { workload: string; instances: number }[] }] };
    expect(plan.targets[0].restarts.map((r) => [r.workload, r.instances])).toEqual([
      ['mesh/files/Deployment/cart', 1],
      ['mesh/files/Deployment/front', 2],
      ['mesh/files/Deployment/search', 1],
    ]);
  });

  test('the batch goes live on every pod, in the right order', async () => {
    const { events } = await cli.ok(['apply', '-o', 'json']);
    expect(events.at(-1)).toMatchObject({ type: 'summary', outcome: 'live', instances: 7, live: 7 });
    await expectChains('hello');
  });

  test('verify agrees with what the sidecars themselves dump', async () => {
    const { events } = await cli.ok(['verify', '-o', 'json']);
    expect(events.at(-1)).toMatchObject({ type: 'summary', instances: 7, live: 7 });
    for (const spec of workloads) {
      for (const pod of await pods(spec)) {
        const listeners = await adminGet(
          cluster,
          spec.namespace,
          pod.name,
          'config_dump?resource=dynamic_listeners',
        );
        const ecds = await adminGet(cluster, spec.namespace, pod.name, 'config_dump?resource=ecds_filters');
        const dump = spec.namespace === 'files' ? listeners : ecds;
        for (const name of ['tag', 'mask', 'greeting'])
          expect.soft(dump).toMatch(new RegExp(`wasmcast|${name}`));
        expect.soft(dump).toContain('\\"value\\":\\"hello\\"');
      }
    }
  });

  test('applied again it writes nothing, and lists each kind once at most', async () => {
    const since = await auditMark(cluster);
    const { events } = await cli.ok(['apply', '-o', 'json']);
    expect(events.at(-1)).toMatchObject({ outcome: 'live', writes: 0 });
    expect(await auditWrites(cluster, since, { user })).toEqual([]);
    const lists = (await auditEntries(cluster, since, { user })).filter((entry) => entry.verb === 'list');
    const kinds = lists.map((entry) => entry.resource);
    expect(kinds).toContain('pods');
    expect(kinds.toSorted()).toEqual([...new Set(kinds)].toSorted());
  });

  test('a pod that starts later gets its filters', async () => {
    for (const [namespace, name] of [
      ['files', 'cart'],
      ['images', 'cards'],
    ] as const) {
      const object = workloadObject(cluster, { namespace, name, replicas: 2 });
      await client.request(
        'PATCH',
        `${await client.path(object)}/scale`,
        { spec: { replicas: 2 } },
        { contentType: 'application/merge-patch+json' },
      );
      const grown = await waitForWorkload(client, object);
      expect(grown).toHaveLength(2);
      for (const pod of grown) {
        expect((await httpGet(pod.ip, workloadPort)).headers['x-chain']).toBe('tag, mask-body, add-header');
      }
    }
    expect((await cli.ok(['status', '-o', 'json'])).events.at(-1)).toMatchObject({ instances: 9, live: 9 });
  });

  test('another configuration restarts nothing', async () => {
    const uids = await allUids();
    await writeFile(path.join(folder, 'wasmcast.yaml'), manifest('welcome'));
    await cli.ok(['apply', '-o', 'json']);
    await expectChains('welcome');
    expect(await allUids()).toEqual(uids);
  });

  test('a configuration that a filter refuses changes nothing', async () => {
    const since = await auditMark(cluster);
    await writeFile(path.join(folder, 'bad.yaml'), manifest('welcome').replace('header: x-greeting,', ''));
    const refused = await cli.run(['apply', '-f', 'bad.yaml']);
    expect([refused.exit, refused.stderr]).toEqual([65, expect.stringContaining('must name a "header"')]);
    expect(await auditWrites(cluster, since, { user })).toEqual([]);
  });

  test('rollback goes back to the configuration before', async () => {
    await cli.ok(['rollback', '-o', 'json']);
    await expectChains('hello');
  });

  test('remove gives back every object as it was, with what others added meanwhile', async () => {
    const foreign = '[{"name":"theirs","emptyDir":{}}]';
    const object = workloadObject(cluster, { namespace: 'images', name: 'checkout', replicas: 1 });
    await client.request(
      'PATCH',
      await client.path(object),
      { metadata: { annotations: { theirs: foreign } } },
      { contentType: 'application/merge-patch+json' },
    );
    await cli.ok(['remove', '-o', 'json']);
    for (const spec of workloads) {
      for (const pod of await pods(spec)) {
        const { headers } = await httpGet(pod.ip, workloadPort);
        expect.soft([headers['x-chain'], headers['x-greeting']]).toEqual([undefined, undefined]);
      }
    }
    const after = await snapshot(client);
    const expected = structuredClone(before);
    Object.assign(expected['images/Deployment/checkout']?.annotations ?? {}, { theirs: foreign });
    for (const name of ['files/Deployment/cart', 'images/Deployment/cards']) {
      Object.assign(expected[name]?.spec ?? {}, { replicas: 2 });
    }
    expect(after).toEqual(expected);
  });

  /** Of the pods that stay: a probe that has done its work may still be ending. */
  async function allUids(): Promise<readonly string[]> {
    const list = (await client.request('GET', '/api/v1/pods')) as { items: KubeObject[] };
    const staying = list.items.filter(
      ({ metadata }) =>
        ['files', 'images'].includes(metadata.namespace ?? '') && metadata['deletionTimestamp'] === undefined,
    );
    return staying.map((pod) => pod.metadata['uid'] as string).toSorted();
  }
});

type Snapshot = Record<
  string,
  { labels: unknown; annotations: Record<string, unknown>; spec: Record<string, unknown> }
>;

/** Every object that a fleet could touch: spec, labels and annotations, without what Kubernetes itself keeps there. */
async function snapshot(client: KubeClient): Promise<Snapshot> {
  const found: Snapshot = {};
  const lists = [
    ['Deployment', '/apis/apps/v1/deployments'],
    ['ConfigMap', '/api/v1/configmaps'],
    ['EnvoyFilter', '/apis/networking.istio.io/v1alpha3/envoyfilters'],
    ['WasmPlugin', '/apis/extensions.istio.io/v1alpha1/wasmplugins'],
    ['TrafficExtension', '/apis/extensions.istio.io/v1alpha1/trafficextensions'],
    ['Lease', '/apis/coordination.k8s.io/v1/leases'],
  ] as const;
  for (const [kind, url] of lists) {
    const { items } = (await client.request('GET', url)) as { items: KubeObject[] };
    for (const { metadata, spec } of items) {
      const ours =
        ['files', 'images'].includes(metadata.namespace ?? '') ||
        metadata.name.startsWith('wasmcast-journey');
      if (!ours) continue;
      const annotations = { ...(metadata['annotations'] as Record<string, unknown> | undefined) };
      delete annotations['deployment.kubernetes.io/revision'];
      found[`${metadata.namespace}/${kind}/${metadata.name}`] = {
        labels: metadata['labels'],
        annotations,
        spec: spec as Record<string, unknown>,
      };
    }
  }
  return found;
}

/** The sidecar's admin page, by the agent's own client inside the pod: another way than wasmcast's. */
async function adminGet(cluster: Cluster, namespace: string, pod: string, page: string): Promise<string> {
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  const stdout = new PassThrough();
  const text = buffer(stdout);
  await new Promise((resolve, reject) => {
    new Exec(config)
      .exec(
        namespace,
        pod,
        'istio-proxy',
        ['pilot-agent', 'request', 'GET', page],
        stdout,
        new PassThrough().resume(),
        null,
        false,
        resolve,
      )
      .catch(reject);
  });
  stdout.end();
  return (await text).toString();
}
