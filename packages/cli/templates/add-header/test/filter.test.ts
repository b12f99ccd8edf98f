import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFilter } from '@wasmcast/host/testing';

// `wasmcast test` builds the module first.
const module = new URL('../build/filter.wasm', import.meta.url);

test('greets the client and tells the upstream who saw the request', async () => {
  await using filter = await loadFilter(module, { config: { greeting: 'good morning' } });
  const { upstream, response } = await filter.request({ path: '/' }, { upstream: { body: 'hi' } });
  assert.equal(upstream?.headers['x-seen-by'], '{{name}}');
  assert.equal(response?.headers['x-greeting'], 'good morning');
  assert.equal(response?.body, 'hi');
});

test('greets without a configuration too', async () => {
  await using filter = await loadFilter(module);
  const { response } = await filter.request();
  assert.equal(response?.headers['x-greeting'], 'hello');
});

test('refuses a configuration that is not JSON, and says why', async () => {
  await assert.rejects(
    loadFilter(module, { config: '{"greeting": ' }),
    /expected a value at line 1, column 14/,
  );
});
