import type { Chain, DesiredFilter, Direction, InstanceVerdict } from '@wasmcast/core';
import type { ModuleFixture } from '@wasmcast/core/testing';
import {
  type Cluster,
  type KubeClient,
  requireComponent,
  sharedCluster,
  skipNote,
  temporaryNamespace,
  waitForWorkload,
  workloadObject,
  workloadPort,
} from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IstioTarget } from '../src/index.ts';
import { openMesh } from './mesh.ts';
import { compileModules } from './modules.ts';

const missing = await requireComponent('cluster');
const fleet = 'reading';

describe.skipIf(missing !== undefined)(`reading the sidecars of a StatefulSet${skipNote(missing)}`, () => {
  const stack = new AsyncDisposableStack();
  let cluster: Cluster;
  let client: KubeClient;
  let namespace: string;
  let target: IstioTarget;
  let module: ModuleFixture;
  let chains: readonly Chain[];

  const filter = (name: string): DesiredFilter => ({
    name,
    moduleDigest: module.digest,
    moduleSize: module.bytes.byteLength,
    delivery: 'configmap',
    position: 'last',
    rootId: '',
    vmId: `${name}-${module.digest.slice(0, 8)}`,
    allowPrecompiled: false,
    env: { MODE: name },
    config: { kind: 'text', text: `I am ${name}` },
    onFailure: 'open',
  });

  const read = async (on: IstioTarget): Promise<readonly InstanceVerdict[]> => {
    const verdicts: InstanceVerdict[] = [];
    for await (const verdict of on.verify(fleet, chains, AbortSignal.timeout(60_000))) verdicts.push(verdict);
    return verdicts;
  };
  const shown = (verdicts: readonly InstanceVerdict[]): readonly string[] =>
    verdicts.flatMap((v) => v.filters.map((f) => `${f.direction} ${f.filter} ${f.verdict}`));

  beforeAll(async () => {
    cluster = await sharedCluster();
    client = stack.use(await cluster.client());
    namespace = stack.use(await temporaryNamespace(client, 'reading')).name;
    const workload = workloadObject(cluster, { kind: 'StatefulSet', namespace, name: 'db' });
    await client.apply(workload);
    // Without a service that speaks HTTP, a sidecar has no outbound HTTP listener.
    await client.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace },
      spec: { selector: { app: 'db' }, ports: [{ name: 'http', port: 80, targetPort: workloadPort }] },
    });
    await waitForWorkload(client, workload);
    target = stack.use(await openMesh(cluster));
    module = (await compileModules()).a;
    const signal = AbortSignal.timeout(60_000);
    const observed = await target.observe(
      { fleet, selectors: [{ namespace, name: 'db', labels: {} }] },
      signal,
    );
    const directions: readonly Direction[] = ['inbound', 'outbound'];
    chains = observed.workloads.flatMap(({ id }) =>
      directions.map((direction): Chain => ({
        workload: id,
        direction,
        filters: [filter('one'), filter('two')],
      })),
    );
    const change = { fleet, chains, removeAll: false, retained: [] };
    const { steps } = target.compile(change, observed, new Map([[module.digest, module.bytes]]));
    for (const step of steps) {
      // oxlint-disable-next-line no-await-in-loop
      await target.apply(step, signal);
    }
    await waitForWorkload(client, workload);
  });

  afterAll(async () => {
    await stack.disposeAsync();
  });

  const all = ['inbound one live', 'inbound two live', 'outbound one live', 'outbound two live'];

  it('shows both directions, with environment, texts and order', async () => {
    await expect.poll(async () => shown(await read(target)), { timeout: 60_000 }).toEqual(all);
  });

  const userWith = async (user: string, subresources: readonly string[]): Promise<IstioTarget> => {
    const kubeconfig = await cluster.kubeconfigFor(user);
    const metadata = { name: user, namespace };
    await client.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [
        { apiGroups: [''], resources: ['pods', 'configmaps'], verbs: ['get', 'list'] },
        { apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get', 'list'] },
        ...(subresources.length > 0
          ? [{ apiGroups: [''], resources: subresources, verbs: ['get', 'create'] }]
          : []),
      ],
    });
    await client.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: user },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    });
    return await openMesh({ ...cluster, kubeconfig });
  };

  it('goes by exec where port-forward is forbidden', async () => {
    await using poor = await userWith('exec-only', ['pods/exec']);
    await expect.poll(async () => shown(await read(poor)), { timeout: 30_000 }).toEqual(all);
  });

  it('says what right is missing where both are', async () => {
    await using poor = await userWith('reader-only', []);
    const denied = all.map((line) => line.replace('live', 'not-permitted'));
    await expect.poll(async () => shown(await read(poor)), { timeout: 30_000 }).toEqual(denied);
    const [verdict] = await read(poor);
    expect(verdict?.filters[0]?.evidence).toMatch(/pods\/portforward/);
  });
});
