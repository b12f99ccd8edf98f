import type { Chain, Change, DesiredFilter, Observed } from '@wasmcast/core';
import type { ModuleFixture } from '@wasmcast/core/testing';
import {
  type Cluster,
  type KubeClient,
  type KubeObject,
  requireComponent,
  skipNote,
  workloadObject,
} from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IstioTarget } from '../src/index.ts';
import { MeshRoom, meshFilter } from './mesh-room.ts';
import { inRegistry } from './mesh.ts';
import { compileModules } from './modules.ts';

const missing = await requireComponent('cluster');
const fleet = 'gitops';
const contentType = 'application/apply-patch+yaml';

describe.skipIf(missing !== undefined)(
  `who else keeps what is written, on a real API server${skipNote(missing)}`,
  () => {
    let room: MeshRoom;
    let cluster: Cluster;
    let client: KubeClient;
    let target: IstioTarget;
    let namespace: string;
    let module: ModuleFixture & Required<Pick<ModuleFixture, 'image'>>;

    beforeAll(async () => {
      room = await MeshRoom.open('gitops', (stateNamespace) => ({ stateNamespace, imageResource: 'auto' }));
      ({ cluster, client, namespace, target } = room);
      module = await inRegistry(cluster, 'gitops', (await compileModules()).a);
    });

    afterAll(() => room[Symbol.asyncDispose]());

    const filter = (name: string, change: Partial<DesiredFilter> = {}): DesiredFilter =>
      meshFilter(name, module, change);

    /** An object as a tool applies it: server-side, under its own name. Without pods: nothing has to run. */
    const applyAs = async (manager: string, object: KubeObject): Promise<void> => {
      const path = `${await client.path(object)}?fieldManager=${manager}&force=true`;
      await client.request('PATCH', path, object, { contentType });
    };

    const workload = (
      name: string,
      metadata: object = {},
      annotations?: Readonly<Record<string, string>>,
    ): KubeObject => {
      const object = workloadObject(cluster, {
        namespace,
        name,
        replicas: 0,
        ...(annotations && { annotations }),
      });
      return { ...object, metadata: { ...object.metadata, ...metadata } };
    };

    /** How a workload stands, and what it would take that it has these filters. */
    const wanted = async (
      name: string,
      filters: readonly DesiredFilter[],
    ): Promise<{ readonly change: Change; readonly observed: Observed }> => {
      const observed = await room.observe(fleet, [name]);
      const chains = observed.workloads.map(({ id }): Chain => ({
        workload: id,
        direction: 'inbound',
        filters,
      }));
      return { change: { fleet, chains, removeAll: false, retained: [] }, observed };
    };
    const bytes = () => new Map([[module.digest, module.bytes]]);

    it('the plan knows who applied the workload, and whether its annotations are theirs', async () => {
      const tracking = { 'argocd.argoproj.io/tracking-id': `shop:apps/Deployment:${namespace}/argocd` };
      await applyAs('argocd-controller', workload('argocd', { annotations: tracking }));
      const theirs = { 'sidecar.istio.io/userVolume': '[{"name":"theirs","emptyDir":{}}]' };
      await applyAs('kustomize-controller', workload('flux', {}, theirs));
      await applyAs('kubectl', workload('nobody'));
      const said = async (name: string): Promise<readonly string[]> => {
        const { change, observed } = await wanted(name, [filter('a')]);
        const { diagnostics } = target.compile(change, observed, bytes());
        return diagnostics.flatMap((d) => (d.code === 'WC-IST-050' ? [d.summary] : []));
      };
      expect(await said('argocd')).toEqual([expect.stringMatching(/^Argo CD \(application shop\) keeps /)]);
      expect(await said('flux')).toEqual([
        expect.stringMatching(
          /^Flux has sidecar\.istio\.io\/userVolume of .*its next sync unmounts the modules/,
        ),
      ]);
      expect(await said('nobody')).toEqual([]);
    });

    it('what render gives is all that apply would write: applied by somebody else, nothing is left to do', async () => {
      const theirs = { 'sidecar.istio.io/userVolume': '[ {"name":"theirs","emptyDir":{}} ]' };
      await applyAs('argocd-controller', workload('rendered', {}, theirs));
      const image = filter('image', {
        delivery: 'image',
        config: { kind: 'json', value: { a: [1] } },
      });
      const first = await wanted('rendered', [image, filter('binary', { env: { A: 'b' } })]);
      const { objects, patches, diagnostics } = target.render(first.change, first.observed, bytes());
      expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
      for (const object of objects as unknown as readonly KubeObject[]) {
        // oxlint-disable-next-line no-await-in-loop
        await applyAs('argocd-controller', object);
      }
      const [patch] = patches as unknown as readonly KubeObject[];
      if (patch === undefined) throw new Error('there is no patch');
      const merge = { contentType: 'application/strategic-merge-patch+json' };
      await client.request('PATCH', await client.path(patch), patch, merge);
      const { change, observed } = await wanted('rendered', [image, filter('binary', { env: { A: 'b' } })]);
      expect(target.compile(change, observed, bytes()).steps).toEqual([]);
      expect(target.render(change, observed, bytes())).toEqual({ objects, patches, diagnostics });
      expect(JSON.stringify(patches)).toContain('theirs');
    });
  },
);
