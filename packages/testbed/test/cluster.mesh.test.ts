import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { CoreV1Api, Exec, KubeConfig, PortForward } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packLayer } from '../src/cache/layer.ts';
import { containerProcesses } from '../src/cluster/cgroups.ts';
import { markerVariable } from '../src/cluster/clean-up.ts';
import {
  auditEntries,
  auditMark,
  auditWrites,
  buildRustFilter,
  clusterDown,
  clusterStatus,
  clusterUp,
  httpGet,
  namespaceObject,
  packagePath,
  requireComponent,
  skipNote,
  waitForWorkload,
  workloadObject,
  workloadPort,
} from '../src/index.ts';
import type { Cluster, EchoAnswer, KubeClient, KubeObject, ReadyPod } from '../src/index.ts';
import { mountsBelow } from '../src/process/mounts.ts';
import { processesWith } from '../src/process/process-table.ts';
import { until } from '../src/process/wait.ts';
import { pushImage } from '../src/registry/push-image.ts';
import { run } from '../src/process/run.ts';

const missing = await requireComponent('cluster');
// Not the cluster of the other mesh tests: this one is killed.
const name = 'testbed-test';

describe.skipIf(missing !== undefined)(`a real cluster${skipNote(missing)}`, () => {
  let cluster: Cluster;
  let client: KubeClient;
  let pods: readonly ReadyPod[];

  beforeAll(async () => {
    await clusterDown({ name });
    cluster = await clusterUp({ name });
    client = await cluster.client();
    pods = await frontpage(cluster, client);
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await clusterDown({ name });
  });

  test('runs the workload of the brief with its sidecars, and its pods answer through them', async () => {
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      expect(pod.containers.toSorted((a, b) => a.localeCompare(b))).toEqual(['app', 'istio-proxy']);
      const answer = await httpGet(pod.ip, workloadPort, '/shop', { headers: { 'x-sent': '1' } });
      expect(answer).toMatchObject({
        status: 200,
        headers: { server: 'istio-envoy', 'x-app': 'frontpage-v1' },
      });
      const echo = JSON.parse(answer.body) as EchoAnswer;
      expect(echo).toMatchObject({ pod: pod.name, path: '/shop', headers: { 'x-sent': '1' } });
    }
  });

  test('exec and port-forward reach the sidecar', async () => {
    const [pod] = pods as readonly [ReadyPod];
    const info = JSON.parse(
      await execute(cluster, pod, ['pilot-agent', 'request', 'GET', 'server_info']),
    ) as object;
    expect(info).toMatchObject({ state: 'LIVE' });
    expect((await forwarded(cluster, pod, 15000, '/server_info')).status).toBe(200);
  });

  test("a sidecar's agent pulls a filter's image from the registry by the name that was pushed to", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'testbed-image-'));
    try {
      const tree = join(folder, 'tree');
      await mkdir(tree);
      await copyFile(await buildRustFilter(packagePath('fixtures', 'rust-tag')), join(tree, 'plugin.wasm'));
      await packLayer(tree, folder);
      await pushImage(cluster.registry.push, 'filters/rust-tag', '1', { layers: [folder], entrypoint: [] });
    } finally {
      await rm(folder, { recursive: true });
    }
    const plugin: KubeObject = {
      apiVersion: 'extensions.istio.io/v1alpha1',
      kind: 'WasmPlugin',
      metadata: { name: 'rust-tag', namespace: 'foo' },
      spec: {
        selector: { matchLabels: { app: 'frontpage' } },
        url: `oci://${cluster.registry.pull}/filters/rust-tag:1`,
        pluginConfig: { 'x-tag': 'live' },
      },
    };
    await client.apply(plugin);
    for (const pod of pods) {
      const tag = await until(async () => (await httpGet(pod.ip, workloadPort)).headers['x-tag'], {
        what: 'the header of the filter',
        timeoutMs: 30_000,
      });
      expect(tag).toBe('live');
    }
    await client.delete(plugin);
  });

  test("Istio's validation refuses a filter that makes no sense", async () => {
    const nonsense: KubeObject = {
      apiVersion: 'networking.istio.io/v1alpha3',
      kind: 'EnvoyFilter',
      metadata: { name: 'nonsense', namespace: 'foo' },
      spec: { configPatches: [{ applyTo: 'CLUSTER' }] },
    };
    await expect(client.apply(nonsense)).rejects.toThrow(/validation\.istio\.io.*missing patch/u);
  });

  test('writes are counted by user, and dry runs are not', async () => {
    const config = new KubeConfig();
    config.loadFromFile(await cluster.kubeconfigFor('ann', ['system:masters']));
    const core = config.makeApiClient(CoreV1Api);
    const since = await auditMark(cluster);
    const body = { metadata: { name: 'counted' }, data: { key: 'value' } };
    await core.createNamespacedConfigMap({ namespace: 'foo', body, dryRun: 'All' });
    await core.createNamespacedConfigMap({ namespace: 'foo', body });
    await core.deleteNamespacedConfigMap({ namespace: 'foo', name: 'counted' });
    await core.listNamespacedConfigMap({ namespace: 'foo' });
    await client.apply(namespaceObject('bystander'));
    const ofAnn = (await auditWrites(cluster, since, { user: 'ann' })).map(
      (one) => `${one.verb} ${one.resource}`,
    );
    expect(ofAnn).toEqual(['create configmaps', 'delete configmaps']);
    const all = await auditEntries(cluster, since, { user: 'ann' });
    expect(all.map((one) => one.verb)).toEqual(['create', 'create', 'delete', 'list']);
    expect(await auditWrites(cluster, since, { userAgent: 'wasmcast-testbed' })).toHaveLength(1);
  });

  test('a StatefulSet and a DaemonSet run as well', async () => {
    for (const kind of ['StatefulSet', 'DaemonSet'] as const) {
      const object = workloadObject(cluster, { kind, namespace: 'foo', name: kind.toLowerCase() });
      await client.apply(object);
      const [pod] = await waitForWorkload(client, object);
      expect((await httpGet(pod?.ip ?? '', workloadPort)).headers['x-app']).toBe(kind.toLowerCase());
      await client.delete(object);
    }
  });

  test('up again gives the same cluster', async () => {
    const again = await clusterUp({ name });
    expect(again.programs).toEqual(cluster.programs);
  });

  test('after all of it was killed, up cleans the remains away and works; down leaves nothing', async () => {
    const runFolder = join(cluster.logs, '..');
    for (const pid of Object.values(cluster.programs)) process.kill(pid, 'SIGKILL');
    await until(async () => ((await clusterStatus(name)).phase === 'degraded' ? true : undefined), {
      what: 'the cluster to be seen as degraded',
      timeoutMs: 5000,
    });
    // The shims and the containers live on without their parents, and hold mounts.
    expect(await containerProcesses(name)).not.toEqual([]);
    expect(await mountsBelow(runFolder)).not.toEqual([]);
    client[Symbol.dispose]();
    cluster = await clusterUp({ name });
    client = await cluster.client();
    pods = await frontpage(cluster, client);
    expect((await httpGet(pods[0]?.ip ?? '', workloadPort)).status).toBe(200);

    await clusterDown({ name });
    expect(await clusterStatus(name)).toEqual({ phase: 'down', name });
    expect(await containerProcesses(name)).toEqual([]);
    expect(await processesWith(markerVariable, runFolder)).toEqual([]);
    expect(await mountsBelow(runFolder)).toEqual([]);
    expect(await run('ip', ['-json', '-details', 'link'])).not.toContain(runFolder);
    expect(await readFile(join(cluster.logs, 'kubelet.log'), 'utf8')).not.toBe('');
  });
});

async function frontpage(cluster: Cluster, client: KubeClient): Promise<readonly ReadyPod[]> {
  const labels = { app: 'frontpage', version: 'v1' };
  const spec = { namespace: 'foo', name: 'frontpage-v1', labels, replicas: 2 };
  const workload = workloadObject(cluster, spec);
  await client.apply(namespaceObject('foo'));
  await client.apply(workload);
  return waitForWorkload(client, workload);
}

function administrator(cluster: Cluster): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  return config;
}

async function execute(cluster: Cluster, pod: ReadyPod, command: string[]): Promise<string> {
  const stdout = new PassThrough();
  const text = buffer(stdout);
  const status = await new Promise((resolve, reject) => {
    new Exec(administrator(cluster))
      .exec('foo', pod.name, 'istio-proxy', command, stdout, new PassThrough().resume(), null, false, resolve)
      .catch(reject);
  });
  expect(status).toMatchObject({ status: 'Success' });
  stdout.end();
  return (await text).toString();
}

async function forwarded(
  cluster: Cluster,
  pod: ReadyPod,
  port: number,
  path: string,
): Promise<{ status: number }> {
  const forward = new PortForward(administrator(cluster));
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    void forward.portForward('foo', pod.name, [port], socket, null, socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const address = server.address();
    const local = typeof address === 'object' && address ? address.port : 0;
    return await httpGet('127.0.0.1', local, path, { headers: { connection: 'close' } });
  } finally {
    server.close();
  }
}
