import type { InstanceStats, Target } from '@wasmcast/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { serviceWorkload } from '../target/observed-mesh.ts';
import { compileFilter, trailFilter, type TestModule } from '../testing/filters.ts';
import { startTestMesh, testService } from '../testing/meshes.ts';
import { ask, startUpstream } from '../testing/raw-http.ts';
import { setChain, testFilter } from '../testing/rollouts.ts';

let module: TestModule;
beforeAll(async () => {
  module = await compileFilter(trailFilter('a'));
}, 60_000);

async function measure(target: Target, ...names: readonly string[]): Promise<readonly InstanceStats[]> {
  const queries = names.map((name) => ({
    workload: serviceWorkload(target.name, { namespace: 'shop', name }),
    directions: ['inbound'] as const,
  }));
  const all: InstanceStats[] = [];
  for await (const stats of target.measure(queries, AbortSignal.timeout(10_000))) all.push(stats);
  return all;
}

describe('what a service counted', () => {
  it('is what its clients saw', async () => {
    await using upstream = await startUpstream((request, response) => {
      if (request.url === '/cut') response.writeHead(200, { 'content-length': '9' }).write('x');
      if (request.url === '/cut') return void setImmediate(() => response.destroy());
      response.writeHead(Number(request.url?.slice(1)));
      response.end();
    });
    await using mesh = await startTestMesh([
      testService('cart', { upstream: upstream.url }),
      testService('stock'),
    ]);
    const port = mesh.port('cart');
    const statuses = [200, 204, 403, 404, 500, 503];
    for (const status of statuses)
      // oxlint-disable-next-line no-await-in-loop
      expect((await ask(port, { path: `/${status}` })).status).toBe(status);
    await expect(ask(port, { path: '/cut' })).rejects.toThrow(/./);
    const [cart, stock, ...others] = await measure(mesh.target, 'cart', 'stock', 'none');
    expect(cart).toMatchObject({
      requests: 7,
      errors: 3,
      denied: 1,
      vmFailures: 0,
      vmReloads: 0,
      restarts: 0,
      ready: true,
    });
    expect(cart?.p99Ms).toBeGreaterThan(0);
    expect(stock).toMatchObject({ instance: { name: 'stock' }, requests: 0, errors: 0 });
    expect(stock).not.toHaveProperty('p99Ms');
    expect(others).toEqual([]);
  });

  it('has each death of a filter, also of one that is reloaded', async () => {
    await using mesh = await startTestMesh();
    const port = mesh.port('cart');
    const deaths = async () => {
      const [cart] = await measure(mesh.target, 'cart');
      return [cart?.vmFailures, cart?.vmReloads];
    };
    await setChain(mesh.target, 'f', 'cart', [testFilter('one', module, { onFailure: 'reload' })], [module]);
    await ask(port, { path: '/trap' });
    expect(await deaths()).toEqual([1, 0]);
    expect((await ask(port)).status).toBe(200);
    await ask(port, { path: '/trap' });
    expect(await deaths()).toEqual([2, 1]);
  });
});
