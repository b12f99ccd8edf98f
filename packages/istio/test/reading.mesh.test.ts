import type { Chain, InstanceVerdict } from '@wasmcast/core';
import { requireComponent, skipNote, waitForWorkload, workloadObject, workloadPort } from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IstioTarget } from '../src/index.ts';
import { MeshRoom, meshFilter } from './mesh-room.ts';
import { openMesh } from './mesh.ts';
import { compileModules } from './modules.ts';

const missing = await requireComponent('cluster');
const fleet = 'reading';

describe.skipIf(missing !== undefined)(`reading the sidecars of a StatefulSet${skipNote(missing)}`, () => {
  let room: MeshRoom;
  let chains: readonly Chain[];

  const read = (on: IstioTarget): Promise<readonly InstanceVerdict[]> => room.read(fleet, chains, on);
  const shown = (verdicts: readonly InstanceVerdict[]): readonly string[] =>
    verdicts.flatMap((v) => v.filters.map((f) => `${f.direction} ${f.filter} ${f.verdict}`));

  beforeAll(async () => {
    room = await MeshRoom.open('reading');
    const { cluster, client, namespace } = room;
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
    const { a } = await compileModules();
    const filters = ['one', 'two'].map((name) =>
      meshFilter(name, a, { env: { MODE: name }, config: { kind: 'text', text: `I am ${name}` } }),
    );
    const { workloads } = await room.observe(fleet, ['db']);
    chains = workloads.flatMap(({ id }) =>
      (['inbound', 'outbound'] as const).map((direction) => ({ workload: id, direction, filters })),
    );
    await room.deliver(fleet, chains, a);
    await waitForWorkload(client, workload);
  });

  afterAll(() => room[Symbol.asyncDispose]());

  const all = ['inbound one live', 'inbound two live', 'outbound one live', 'outbound two live'];

  it('shows both directions, with environment, texts and order', async () => {
    await expect.poll(async () => shown(await read(room.target)), { timeout: 60_000 }).toEqual(all);
  });

  const userWith = async (user: string, subresources: readonly string[]): Promise<IstioTarget> => {
    const { cluster, client, namespace } = room;
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
