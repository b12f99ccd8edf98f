import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFilter } from '@wasmcast/host/testing';

// `wasmcast test` builds the module first.
const module = new URL('../build/filter.wasm', import.meta.url);
async function masked(body: string | string[], config = {}, headers = {}): Promise<string | undefined> {
  await using filter = await loadFilter(module, { config });
  const { response } = await filter.request(
    {},
    { upstream: { headers: { 'content-type': 'application/json', ...headers }, body } },
  );
  return response?.complete === true ? response.body : undefined;
}

test('addresses and cards are masked, also across pieces', async () => {
  assert.equal(await masked(['{"mail":"alice@exam', 'ple.com"}']), '{"mail":"***"}');
  assert.equal(
    await masked('a.b+c@x.example. 4111 1111 1111 1111, 4111 1111 1111 1112'),
    '***. ***, 4111 1111 1111 1112',
  );
  assert.equal(await masked('no @ address, nor a@b, @x.y'), 'no @ address, nor a@b, @x.y');
});

test('words are masked when they are named, and either kind can be left', async () => {
  assert.equal(await masked('secret a@b.cc', { words: ['secret'], emails: false, mask: '#' }), '# a@b.cc');
});

test('other types pass as they are', async () => {
  assert.equal(await masked('a@b.cc', {}, { 'content-type': 'image/png' }), 'a@b.cc');
});

test('what cannot be read is not let through, unless passLarge says so', async () => {
  const large = `a@b.cc ${'x'.repeat(100)}`;
  assert.equal(await masked(large, { limit: 50 }), undefined);
  assert.equal(await masked('a@b.cc', {}, { 'content-encoding': 'gzip' }), undefined);
  assert.equal(await masked(large, { limit: 50, passLarge: true }), large);
});

test('a configuration that masks nothing is refused', async () => {
  await assert.rejects(loadFilter(module, { config: { emails: false, cards: false } }), /masks nothing/);
});
