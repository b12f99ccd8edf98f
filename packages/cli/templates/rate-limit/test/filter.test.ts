import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFilter } from '@wasmcast/host/testing';

// `wasmcast test` builds the module first.
const module = new URL('../build/filter.wasm', import.meta.url);
const config = { perSecond: 2, burst: 3, header: 'x-client' };

test('a client has a burst, and then as much as time brings', async () => {
  await using filter = await loadFilter(module, { config });
  const ask = async (client: string): Promise<number | undefined> =>
    (await filter.request({ headers: { 'x-client': client } })).response?.status;
  const statuses = [await ask('a'), await ask('a'), await ask('a'), await ask('a')];
  assert.deepEqual(statuses, [200, 200, 200, 429]);
  assert.equal(await ask('b'), 200);
  filter.clock.advance(500);
  assert.deepEqual([await ask('a'), await ask('a')], [200, 429]);
  assert.equal(filter.metrics.value('rate_limited_total'), 2n);
});

test('who is limited learns how long to wait', async () => {
  await using filter = await loadFilter(module, { config: { perSecond: 0.1, burst: 1, header: 'x-client' } });
  await filter.request();
  const { response } = await filter.request();
  assert.equal(response?.headers['retry-after'], '10');
});

test('a rate of nothing is refused', async () => {
  await assert.rejects(loadFilter(module, { config: { perSecond: 0 } }), /greater than 0/);
});
