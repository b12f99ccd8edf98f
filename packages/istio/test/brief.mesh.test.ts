import type { Chain, DesiredFilter, InstanceVerdict } from '@wasmcast/core';
import type { ModuleFixture } from '@wasmcast/core/testing';
import {
  auditEntries,
  auditMark,
  type Cluster,
  httpGet,
  type KubeClient,
  type KubeObject,
  requireComponent,
  skipNote,
  waitForWorkload,
  workloadObject,
  workloadPort,
} from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IstioTarget } from '../src/index.ts';
import { MeshRoom, meshFilter } from './mesh-room.ts';
import { inRegistry, openMesh } from './mesh.ts';
import { compileModules } from './modules.ts';

const missing = await requireComponent('cluster');
const fleet = 'shop';
const labels = { app: 'frontpage', version: 'v1' };
/** What somebody else has there, formatted as nobody would. */
const foreign = {
  'sidecar.istio.io/userVolume': '[ {"emptyDir":{} ,\n "name":"theirs"}  ]',
  'sidecar.istio.io/userVolumeMount': '{ "theirs" : {"mountPath":"/var/theirs"} }',
};

describe.skipIf(missing !== undefined)(`the example of the brief on a real mesh${skipNote(missing)}`, () => {
  let room: MeshRoom;
  let cluster: Cluster;
  let client: KubeClient;
  let target: IstioTarget;
  let deployment: KubeObject;
  let namespace: string;
  let module: ModuleFixture & Required<Pick<ModuleFixture, 'image'>>;

  beforeAll(async () => {
    room = await MeshRoom.open('foo');
    ({ cluster, client, namespace, target } = room);
    const spec = { namespace, name: 'frontpage-v1', labels, replicas: 2, annotations: foreign };
    deployment = workloadObject(cluster, spec);
    await client.apply(deployment);
    await waitForWorkload(client, deployment);
    module = await inRegistry(cluster, 'example-filter', (await compileModules()).a);
  });

  afterAll(() => room[Symbol.asyncDispose]());

  const exampleFilter = (config: string, change: Partial<DesiredFilter> = {}): DesiredFilter =>
    meshFilter('example-filter', module, {
      rootId: 'my_root_id',
      allowPrecompiled: true,
      config: { kind: 'json', value: { header: config } },
      onFailure: 'closed',
      ...change,
    });

  const plan = async (filters: readonly DesiredFilter[], removeAll = false, on = target) => {
    const signal = AbortSignal.timeout(30_000);
    const observed = await on.observe({ fleet, selectors: [{ namespace, labels }] }, signal);
    const chains = observed.workloads.map(({ id }): Chain => ({
      workload: id,
      direction: 'inbound',
      filters,
    }));
    const bytes = new Map([[module.digest, module.bytes]]);
    const compiled = on.compile({ fleet, chains, removeAll, retained: [] }, observed, bytes);
    expect(compiled.diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
    return { chains, steps: compiled.steps };
  };

  const read = (chains: readonly Chain[], on?: IstioTarget): Promise<readonly InstanceVerdict[]> =>
    room.read(fleet, chains, on);

  const kinds = (verdicts: readonly InstanceVerdict[]): readonly string[] =>
    verdicts.flatMap((v) => v.filters.map((f) => f.verdict));

  /** Applies a plan as the engine does; gives what the pods then show. */
  const roll = async (filters: readonly DesiredFilter[], removeAll = false, on = target) => {
    const { chains, steps } = await plan(filters, removeAll, on);
    const run = async (cleanup: boolean): Promise<void> => {
      for (const step of steps.filter((s) => (s.stage === 'cleanup') === cleanup)) {
        // oxlint-disable-next-line no-await-in-loop
        await on.apply(step, AbortSignal.timeout(30_000));
      }
    };
    await run(false);
    await expect
      .poll(async () => kinds(await read(chains, on)).filter((kind) => kind !== 'live'), {
        timeout: 180_000,
        interval: 500,
      })
      .toEqual([]);
    await run(true);
    return { chains, steps };
  };

  const headers = async (): Promise<readonly unknown[]> => {
    const pods = await waitForWorkload(client, deployment);
    const answers = await Promise.all(pods.map((pod) => httpGet(pod.ip, workloadPort)));
    return answers.map((answer) => answer.headers['x-filter']);
  };

  const asItIs = async (): Promise<unknown> => {
    const live = (await client.request('GET', await client.path(deployment))) as {
      readonly spec: unknown;
      readonly metadata: { readonly labels?: unknown };
    };
    return { spec: live.spec, labels: live.metadata.labels };
  };

  it('goes live as a file, is not written twice, changes its configuration without a restart, and leaves no trace', async () => {
    const before = await asItIs();
    const { steps } = await roll([exampleFilter('hello')]);
    expect(steps.map((step) => step.restarts)).toEqual([0, 0, 2]);
    expect(await headers()).toEqual(['{"header":"hello"}', '{"header":"hello"}']);

    await using fresh = await openMesh(cluster);
    const mark = await auditMark(cluster);
    const again = await plan([exampleFilter('hello')], false, fresh);
    expect(again.steps).toEqual([]);
    expect(kinds(await read(again.chains, fresh))).toEqual(['live', 'live']);
    const entries = await auditEntries(cluster, mark, { userAgent: 'wasmcast/' });
    const lists = entries.filter((entry) => entry.verb === 'list').map((entry) => entry.resource);
    expect(lists.toSorted()).toEqual([...new Set(lists)].toSorted());
    const stored = entries.filter(
      (entry) =>
        !['get', 'list', 'watch'].includes(entry.verb) && !/selfsubject|portforward/.test(entry.resource),
    );
    expect(stored).toEqual([]);

    const pods = await waitForWorkload(client, deployment);
    await roll([exampleFilter('changed')]);
    expect(await headers()).toEqual(['{"header":"changed"}', '{"header":"changed"}']);
    expect((await waitForWorkload(client, deployment)).map((pod) => pod.uid)).toEqual(
      pods.map((pod) => pod.uid),
    );

    await roll([], true);
    expect(await asItIs()).toEqual(before);
    expect(await headers()).toEqual([undefined, undefined]);
    const all = await Promise.all(
      ['configmaps', 'envoyfilters.networking.istio.io/v1alpha3'].map(async (resource) => {
        const [plural = '', version] = resource.split(/\.(.*)/s);
        const root = version === undefined ? '/api/v1' : `/apis/${version}`;
        const query = `labelSelector=${encodeURIComponent(`wasmcast.dev/fleet=${fleet}`)}`;
        const list = (await client.request('GET', `${root}/namespaces/${namespace}/${plural}?${query}`)) as {
          readonly items: readonly unknown[];
        };
        return list.items;
      }),
    );
    expect(all).toEqual([[], []]);
  });

  it('goes live as an image by TrafficExtension, and its kind does not change by the way', async () => {
    await using extensions = await openMesh(cluster, { imageResource: 'TrafficExtension' });
    const image = exampleFilter('hello', { delivery: 'image', allowPrecompiled: false });
    const { steps } = await roll([image], false, extensions);
    expect(steps.map((step) => [step.id.split(' ')[1], step.restarts])).toEqual([['TrafficExtension', 0]]);
    expect(await headers()).toEqual(['{"header":"hello"}', '{"header":"hello"}']);
    const observed = await target.observe(
      { fleet, selectors: [{ namespace, labels }] },
      AbortSignal.timeout(30_000),
    );
    const chains = observed.workloads.map(({ id }): Chain => ({
      workload: id,
      direction: 'inbound',
      filters: [image],
    }));
    const { diagnostics } = target.compile(
      { fleet, chains, removeAll: false, retained: [] },
      observed,
      new Map(),
    );
    expect(diagnostics.map((d) => d.code)).toEqual(['WC-IST-018']);
    await roll([], true, extensions);
  });

  it('is a placeholder when the image is not there, whatever the control plane says', async () => {
    const nowhere = '0'.repeat(64) as typeof module.digest;
    const reference = module.image.reference.replace(/sha256:.*/, `sha256:${nowhere}`);
    const lost = (onFailure: DesiredFilter['onFailure']): DesiredFilter =>
      exampleFilter('lost', {
        delivery: 'image',
        image: { reference, digest: nowhere },
        allowPrecompiled: false,
        onFailure,
      });
    for (const [policy, verdict] of [
      ['open', 'placeholder-allow'],
      ['closed', 'placeholder-deny'],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop
      const { chains, steps } = await plan([lost(policy)]);
      // oxlint-disable-next-line no-await-in-loop
      for (const step of steps) await target.apply(step, AbortSignal.timeout(30_000));
      // oxlint-disable-next-line no-await-in-loop
      await expect
        .poll(async () => kinds(await read(chains)), { timeout: 60_000 })
        .toEqual([verdict, verdict]);
    }
    await roll([], true);
  });

  it('is crashed when its VM died, although it is configured as wanted', async () => {
    const image = exampleFilter('trap', { delivery: 'image', allowPrecompiled: false });
    const { chains } = await roll([image]);
    const pods = await waitForWorkload(client, deployment);
    const answers = await Promise.all(pods.map((pod) => httpGet(pod.ip, workloadPort)));
    expect(answers.map((answer) => answer.status)).toEqual([503, 503]);
    await expect
      .poll(async () => kinds(await read(chains)), { timeout: 30_000 })
      .toEqual(['crashed', 'crashed']);
    await roll([], true);
  });

  it('names the right that is missing', async () => {
    const kubeconfig = await cluster.kubeconfigFor('nobody-in-particular');
    await using poor = await openMesh({ ...cluster, kubeconfig });
    await expect(plan([exampleFilter('hello')], false, poor)).rejects.toMatchObject({
      code: 'WC-KUBE-003',
      exit: 'notPermitted',
      help: expect.stringMatching(/`(list|get)` on/) as string,
    });
  });
});
