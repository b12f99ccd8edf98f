import type { Chain } from '@wasmcast/core';
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

  it('runs an image on what passes through it, without a restart, and nothing of it afterwards', async () => {
    const module = await inRegistry(room.cluster, 'edges', (await compileModules()).a);
    const chain = (...sayings: readonly string[]): Chain => ({
      workload: room.id('edge'),
      direction: 'gateway',
      filters: sayings.map((say) =>
        meshFilter('echo', module, {
          delivery: 'image',
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
  });
});

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
