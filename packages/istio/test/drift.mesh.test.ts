import type { Chain, DesiredFilter, Step } from '@wasmcast/core';
import type { ModuleFixture } from '@wasmcast/core/testing';
import { requireComponent, skipNote, temporaryNamespace, workloadObject } from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MeshRoom, meshFilter } from './mesh-room.ts';
import { openMesh } from './mesh.ts';
import { compileModules } from './modules.ts';

const missing = await requireComponent('cluster');
const fleet = 'drift';
const signal = (): AbortSignal => AbortSignal.timeout(60_000);
const paths = {
  ConfigMap: (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`,
  EnvoyFilter: (namespace: string) =>
    `/apis/networking.istio.io/v1alpha3/namespaces/${namespace}/envoyfilters`,
  WasmPlugin: (namespace: string) => `/apis/extensions.istio.io/v1alpha1/namespaces/${namespace}/wasmplugins`,
};

describe.skipIf(missing !== undefined)(
  `what people do to our objects on a real mesh${skipNote(missing)}`,
  () => {
    let room: MeshRoom;
    let module: ModuleFixture;

    beforeAll(async () => {
      room = await MeshRoom.open('drift', (namespace) => ({ stateNamespace: namespace }));
      module = (await compileModules()).a;
    });

    afterAll(() => room[Symbol.asyncDispose]());

    const filter = (name: string, change: Partial<DesiredFilter> = {}): DesiredFilter =>
      meshFilter(name, module, change);

    /** What it takes that a workload has these filters. */
    const plan = async (name: string, filters: readonly DesiredFilter[]): Promise<readonly Step[]> => {
      const observed = await room.observe(fleet, [name]);
      const chains = observed.workloads.map(({ id }): Chain => ({
        workload: id,
        direction: 'inbound',
        filters,
      }));
      const change = { fleet, chains, removeAll: false, retained: [] };
      const compiled = room.target.compile(change, observed, new Map([[module.digest, module.bytes]]));
      expect(compiled.diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
      return compiled.steps;
    };

    const apply = async (steps: readonly Step[]): Promise<readonly string[]> => {
      for (const step of steps) {
        // oxlint-disable-next-line no-await-in-loop
        await room.target.apply(step, signal());
      }
      return steps.map((step) => step.id.split(' ').slice(0, 2).join(' '));
    };

    const names = async (kind: keyof typeof paths): Promise<readonly string[]> => {
      const query = `labelSelector=${encodeURIComponent(`wasmcast.dev/fleet=${fleet}`)}`;
      const list = (await room.client.request('GET', `${paths[kind](room.namespace)}?${query}`)) as {
        readonly items: readonly { readonly metadata: { readonly name: string } }[];
      };
      return list.items.map(({ metadata }) => metadata.name);
    };

    const patch = async (kind: keyof typeof paths, name: string, metadata: object): Promise<void> => {
      const contentType = 'application/merge-patch+json';
      await room.client.request(
        'PATCH',
        `${paths[kind](room.namespace)}/${name}`,
        { metadata },
        { contentType },
      );
    };

    it('objects without annotations are repaired, one without our label is refused until it has it again', async () => {
      const { client, cluster, namespace } = room;
      await client.apply(workloadObject(cluster, { namespace, name: 'asleep', replicas: 0 }));
      // As much as Istio takes: what the plan lets pass, the API server and Istio's webhook let pass.
      const few = Object.fromEntries(Array.from({ length: 255 }, (_, i) => [`V${i}`, 'x']));
      const image = filter('image', {
        delivery: 'image',
        rootId: '\u{1F600}'.repeat(64),
        env: { ...few, ['n'.repeat(256)]: '\u{1F600}'.repeat(2048) },
        image: { reference: 'registry.example/a', digest: module.digest, pullSecret: 's'.repeat(253) },
      });
      const wanted = [image, filter('file')];
      await apply(await plan('asleep', wanted));
      expect(await plan('asleep', wanted)).toEqual([]);

      for (const kind of ['ConfigMap', 'EnvoyFilter', 'WasmPlugin'] as const) {
        // oxlint-disable-next-line no-await-in-loop
        for (const name of await names(kind)) await patch(kind, name, { annotations: null });
      }
      const repaired = await apply(await plan('asleep', wanted));
      expect(repaired.toSorted()).toEqual(['update EnvoyFilter', 'update WasmPlugin']);
      expect(await plan('asleep', wanted)).toEqual([]);

      const [plugin = ''] = await names('WasmPlugin');
      await patch('WasmPlugin', plugin, { labels: null });
      const steps = await plan('asleep', wanted);
      await expect(apply(steps)).rejects.toMatchObject({
        code: 'WC-IST-025',
        help: expect.stringContaining(`-n ${namespace} ${plugin} wasmcast.dev/fleet=${fleet}`) as string,
      });
      await patch('WasmPlugin', plugin, { labels: { 'wasmcast.dev/fleet': fleet } });
      expect(await apply(await plan('asleep', wanted))).toEqual(['update WasmPlugin']);
      await apply(await plan('asleep', []));
      expect([await names('WasmPlugin'), await names('EnvoyFilter'), await names('ConfigMap')]).toEqual([
        [],
        [],
        [],
      ]);
    });

    it('what a workload had that was deleted a moment ago goes when its last pod is gone', async () => {
      const { client, namespace } = room;
      await client.apply(room.object('leaving'));
      await apply(await plan('leaving', [filter('file')]));
      await room.address('leaving');
      await client.delete(room.object('leaving'));
      const steps = await plan('leaving', []);
      const pods = (await client.request('GET', `/api/v1/namespaces/${namespace}/pods`)) as {
        readonly items: readonly unknown[];
      };
      expect(pods.items).toHaveLength(1);
      const deleted = await apply(steps);
      expect(deleted).toEqual(['delete EnvoyFilter', 'delete ConfigMap']);
      expect([await names('EnvoyFilter'), await names('ConfigMap')]).toEqual([[], []]);
    });

    it('who may look into single namespaces only sees what a revision left in another, or hears of it', async () => {
      const { client, cluster, namespace, target } = room;
      await using other = await temporaryNamespace(client, 'left');
      const left = other.name;
      const grant = async (where: string): Promise<void> => {
        const metadata = { name: 'narrow', namespace: where };
        const apiGroup = 'rbac.authorization.k8s.io';
        const apiVersion = `${apiGroup}/v1`;
        const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
        const roleRef = { apiGroup, kind: 'Role', name: 'narrow' };
        const subjects = [{ apiGroup, kind: 'User', name: 'narrow' }];
        await client.apply({ apiVersion, kind: 'Role', metadata, rules });
        await client.apply({ apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects });
      };
      await grant(namespace);
      const workload = { target: 'mesh', namespace: left, kind: 'Deployment', name: 'former' } as const;
      const info = { fleet, target: 'mesh', number: 1, at: '', by: 'me', cause: 'apply' };
      const chains = [{ workload, direction: 'inbound', filters: [] }] as const;
      const schema = 'wasmcast.dev/revision/v1';
      await target.revisions.put({ schema, ...info, filters: [], chains }, signal());
      await client.apply({
        apiVersion: 'networking.istio.io/v1alpha3',
        kind: 'EnvoyFilter',
        metadata: { name: 'former', namespace: left, labels: { 'wasmcast.dev/fleet': fleet } },
        spec: {},
      });

      const kubeconfig = await cluster.kubeconfigFor('narrow');
      await using narrow = await openMesh({ ...cluster, kubeconfig }, { stateNamespace: namespace });
      const blind = await room.observe(fleet, ['asleep'], narrow);
      expect(blind.diagnostics).toMatchObject([{ code: 'WC-IST-034', subject: `namespace ${left}` }]);
      await grant(left);
      await expect
        .poll(async () => (await room.observe(fleet, ['asleep'], narrow)).diagnostics, { timeout: 10_000 })
        .toEqual([]);
      const seen = await room.observe(fleet, ['asleep'], narrow);
      const change = { fleet, chains: [], removeAll: true, retained: [] };
      expect(narrow.compile(change, seen, new Map()).steps.map((step) => step.id)).toEqual([
        `delete EnvoyFilter ${left}/former`,
      ]);
    });
  },
);
