import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFilter } from '@wasmcast/host/testing';

// `wasmcast test` builds the module first.
const module = new URL('../build/filter.wasm', import.meta.url);
const config = { keys: { 'k-7f3a': 'alice', 'k-91bc': 'bob' } };

test('who has a key passes, and the upstream learns who it is, not the key', async () => {
  await using filter = await loadFilter(module, { config });
  const { upstream } = await filter.request({ headers: { 'x-api-key': 'k-91bc', 'x-consumer': 'root' } });
  assert.equal(upstream?.headers['x-consumer'], 'bob');
  assert.equal(upstream?.headers['x-api-key'], undefined);
});

test('others are answered 401', async () => {
  await using filter = await loadFilter(module, { config });
  for (const headers of [{}, { 'x-api-key': '' }, { 'x-api-key': 'k-7f3' }]) {
    const { upstream, response } = await filter.request({ headers });
    assert.equal(upstream, undefined);
    assert.equal(response?.status, 401);
  }
});

test('a configuration without keys is refused', async () => {
  await assert.rejects(loadFilter(module, { config: { keys: {} } }), /"keys" must name at least one key/);
  await assert.rejects(loadFilter(module, { config: { keys: { k: 1 } } }), /a consumer for each key/);
});
