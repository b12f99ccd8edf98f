import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFilter } from '@wasmcast/host/testing';

// `wasmcast test` builds the module first.
const module = new URL('../build/filter.wasm', import.meta.url);
const config = { cluster: 'auth', path: '/check', headers: ['authorization'] };

test('the service is asked, and its user goes on', async () => {
  const asked: string[] = [];
  await using filter = await loadFilter(module, {
    config,
    clusters: {
      auth: (call) => {
        asked.push(`${call.method} ${call.path}`, ...call.headers);
        return { status: 200, headers: { 'x-user': 'alice' } };
      },
    },
  });
  const { upstream } = await filter.request({
    path: '/orders?id=1',
    headers: { authorization: 'Basic abc', 'x-user': 'root' },
  });
  assert.equal(upstream?.headers['x-user'], 'alice');
  assert.equal(asked[0], 'GET /check');
  for (const value of ['/orders?id=1', 'Basic abc']) assert.ok(asked.includes(value));
});

test('what the service refuses goes to the client', async () => {
  const clusters = { auth: () => ({ status: 403, body: 'not you' }) };
  await using filter = await loadFilter(module, { config, clusters });
  const { upstream, response } = await filter.request();
  assert.equal(upstream, undefined);
  assert.equal(response?.status, 403);
  assert.equal(response.body, 'not you');
});

test('without an answer nobody passes, unless failOpen says so', async () => {
  for (const auth of [() => ({ status: 504 }), () => 'reset' as const]) {
    await using closed = await loadFilter(module, { config, clusters: { auth } });
    assert.equal((await closed.request()).response?.status, 503);
    await using open = await loadFilter(module, {
      config: { ...config, failOpen: true },
      clusters: { auth },
    });
    assert.equal((await open.request()).response?.status, 200);
  }
  await using unknown = await loadFilter(module, { config });
  assert.equal((await unknown.request()).response?.status, 503);
});

test('a configuration without a cluster is refused', async () => {
  await assert.rejects(loadFilter(module, { config: {} }), /"cluster" must be a text/);
});
