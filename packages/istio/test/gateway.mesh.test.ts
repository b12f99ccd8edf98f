import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Chain, servedAt } from '@wasmcast/core';
import type { ModuleFixture } from '@wasmcast/core/testing';
import { startModuleServer } from '@wasmcast/oci';
import {
  httpGet,
  type KubeObject,
  requireComponent,
  skipNote,
  waitForWorkload,
  workloadObject,
  workloadPort,
} from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MeshRoom, meshFilter } from './mesh-room.ts';
import { inRegistry } from './mesh.ts';
import { compileModules } from './modules.ts';

const missing = await requireComponent('cluster');
const fleet = 'edges';

describe.skipIf(missing !== undefined)(`a gateway${skipNote(missing)}`, () => {
  let room: MeshRoom;
  let address: string;

  beforeAll(async () => {
    room = await MeshRoom.open('edges');
    const edge = gatewayObject(room);
    await Promise.all([edge, ...entrance(room.namespace)].map((object) => room.client.apply(object)));
    address = (await waitForWorkload(room.client, edge))[0]?.ip ?? '';
  });

  afterAll(() => room[Symbol.asyncDispose]());

  it.each(['image', 'http'] as const)(
    'runs a module that its agent fetches (%s), without a restart, and nothing of it afterwards',
    async (delivery) => {
      const module = await inRegistry(room.cluster, 'edges', (await compileModules()).a);
      await using server = await serving(room, module);
      const chain = (...sayings: readonly string[]): Chain => ({
        workload: room.id('edge'),
        direction: 'gateway',
        filters: sayings.map((say) =>
          meshFilter('echo', module, {
            delivery,
            ...(delivery === 'http' && { served: servedAt(server.url, module.digest) }),
            rootId: 'my_root_id',
            config: { kind: 'json', value: { say } },
            onFailure: 'closed',
          }),
        ),
      });
      const becomes = async (wanted: Chain, header: string | undefined): Promise<void> => {
        await room.deliver(fleet, [wanted], module);
        const verdicts = async (): Promise<readonly string[]> =>
          (await room.read(fleet, [wanted])).flatMap(({ filters }) => filters.map(({ verdict }) => verdict));
        await expect
          .poll(verdicts, { timeout: 60_000, interval: 300 })
          .toEqual(wanted.filters.map(() => 'live'));
        const { status, headers } = await httpGet(address, workloadPort);
        expect([status, headers['x-filter']]).toEqual([200, header]);
      };
      // Its listener comes with the Gateway that selects it, some time after it is ready.
      await expect
        .poll(() => httpGet(address, workloadPort).then(({ status }) => status, String), { timeout: 30_000 })
        .toBe(200);
      await becomes(chain('one'), '{"say":"one"}');
      await becomes(chain('two'), '{"say":"two"}');
      await becomes(chain(), undefined);
      const pods = await room.client.request('GET', `/api/v1/namespaces/${room.namespace}/pods`);
      expect((pods as { items: readonly unknown[] }).items).toHaveLength(1);
      expect(server.fetched).toEqual(delivery === 'http' ? [200] : []);
    },
  );
});

/** A module server where pods reach it, and what it answered. */
async function serving({ cluster }: MeshRoom, { digest, bytes }: ModuleFixture) {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-served-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'module.wasm');
  await writeFile(file, bytes);
  const fetched: number[] = [];
  const server = await startModuleServer({
    modules: [{ digest, size: bytes.byteLength, file }],
    host: cluster.istiod.address,
    port: 0,
    onRequest: ({ status }) => fetched.push(status),
  });
  stack.use(server);
  const held = stack.move();
  return { url: server.url, fetched, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Envoy alone, which Istio's webhook completes; it answers by what its Gateway and VirtualService say. */
function gatewayObject({ cluster, namespace }: MeshRoom): KubeObject {
  const labels = { app: 'edge', 'sidecar.istio.io/inject': 'true' };
  const annotations = { 'inject.istio.io/templates': 'gateway' };
  const object = workloadObject(cluster, { namespace, name: 'edge', labels, annotations });
  const { template, ...spec } = object['spec'] as { readonly template: { readonly spec: object } };
  const containers = [{ name: 'istio-proxy', image: 'auto' }];
  return { ...object, spec: { ...spec, template: { ...template, spec: { ...template.spec, containers } } } };
}

function entrance(namespace: string): readonly KubeObject[] {
  const metadata = { name: 'edge', namespace };
  const apiVersion = 'networking.istio.io/v1';
  const port = { number: workloadPort, name: 'http', protocol: 'HTTP' };
  const servers = [{ port, hosts: ['*'] }];
  const answer = { directResponse: { status: 200, body: { string: 'here' } } };
  return [
    { apiVersion, kind: 'Gateway', metadata, spec: { selector: { app: 'edge' }, servers } },
    {
      apiVersion,
      kind: 'VirtualService',
      metadata,
      spec: { hosts: ['*'], gateways: ['edge'], http: [answer] },
    },
  ];
}
