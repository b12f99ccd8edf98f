import { requireComponent, skipNote, startApiServer, temporaryNamespace } from '@wasmcast/testbed';
import { describe, expect, it } from 'vitest';

const missing = await requireComponent('api-server');

describe.skipIf(missing !== undefined)(`a real API server without a node${skipNote(missing)}`, () => {
  it("stores Istio's objects, and has controllers that see a workload", async () => {
    await using server = await startApiServer();
    using client = server.client();
    await using namespace = await temporaryNamespace(client, 'api');
    const labels = { app: 'asleep' };
    const workload = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'asleep', namespace: namespace.name },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'none' }] } },
      },
    };
    const filter = {
      apiVersion: 'networking.istio.io/v1alpha3',
      kind: 'EnvoyFilter',
      metadata: { name: 'any', namespace: namespace.name },
      spec: { priority: 5 },
    };
    await client.apply(workload);
    expect(await client.apply(filter)).toMatchObject({ spec: { priority: 5 } });
    const path = await client.path(workload);
    const look = { timeout: 60_000, interval: 100 };
    // The pod is made, and stays where it is: nobody schedules it.
    const seen = { status: { observedGeneration: 1, replicas: 1, unavailableReplicas: 1 } };
    await expect.poll(() => client.request('GET', path), look).toMatchObject(seen);
  }, 180_000);
});
