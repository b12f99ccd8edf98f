import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFilter } from '@wasmcast/host/testing';

// `wasmcast test` builds the module first.
const module = new URL('../build/filter.wasm', import.meta.url);
test('one line of JSON for each request', async () => {
  await using filter = await loadFilter(module, { config: { headers: ['user-agent'] } });
  const { logs } = await filter.request(
    { method: 'POST', path: '/a?b="c"', headers: { 'user-agent': 'test' }, body: '12345' },
    { upstream: { status: 201, body: 'made' } },
  );
  assert.equal(logs.length, 1);
  const line = JSON.parse(logs[0]?.message ?? '') as Record<string, unknown>;
  assert.equal(line['method'], 'POST');
  assert.equal(line['path'], '/a?b="c"');
  assert.equal(line['status'], 201);
  assert.equal(line['user-agent'], 'test');
  assert.equal(logs[0]?.level, 'info');
});

test('the level can be chosen, and must be one', async () => {
  await using filter = await loadFilter(module, { config: { level: 'warn' } });
  const { logs } = await filter.request();
  assert.equal(logs[0]?.level, 'warn');
  await assert.rejects(
    loadFilter(module, { config: { level: 'loud' } }),
    /"level" must be one of trace, debug/,
  );
});
