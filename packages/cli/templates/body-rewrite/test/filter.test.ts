import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFilter } from '@wasmcast/host/testing';

// `wasmcast test` builds the module first.
const module = new URL('../build/filter.wasm', import.meta.url);
const config = {
  request: { colour: 'color' },
  response: { 'http://localhost': 'https://shop.example' },
  limit: 100,
};

test('texts are replaced in both directions, also across pieces, and the length goes', async () => {
  await using filter = await loadFilter(module, { config });
  const { upstream, response } = await filter.request(
    { method: 'POST', headers: { 'content-length': '15' }, body: ['the col', 'our red'] },
    { upstream: { headers: { 'content-length': '20' }, body: ['see http://local', 'host/a'] } },
  );
  assert.equal(upstream?.body, 'the color red');
  assert.equal(upstream?.headers['content-length'], undefined);
  assert.equal(response?.body, 'see https://shop.example/a');
  assert.equal(response?.headers['content-length'], undefined);
});

test('what is over the limit or compressed passes as it is', async () => {
  await using filter = await loadFilter(module, { config });
  const large = `http://localhost ${'x'.repeat(100)}`;
  const first = await filter.request({}, { upstream: { body: [large.slice(0, 50), large.slice(50)] } });
  assert.equal(first.response?.body, large);
  const second = await filter.request(
    {},
    { upstream: { headers: { 'content-encoding': 'br', 'content-length': '16' }, body: 'http://localhost' } },
  );
  assert.equal(second.response?.body, 'http://localhost');
  assert.equal(second.response?.headers['content-length'], '16');
});

test('a configuration that does nothing is refused', async () => {
  await assert.rejects(loadFilter(module, { config: {} }), /does nothing without/);
  await assert.rejects(loadFilter(module, { config: { request: { a: 1 } } }), /a text for each text/);
});
