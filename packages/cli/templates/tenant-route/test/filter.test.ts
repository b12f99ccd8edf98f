import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFilter } from '@wasmcast/host/testing';

// `wasmcast test` builds the module first.
const module = new URL('../build/filter.wasm', import.meta.url);
const rules = [
  { pool: 'acme-eu', hosts: ['acme.example', '*.acme.example'], countries: ['DE', 'FR'] },
  { pool: 'acme', hosts: ['acme.example', '*.acme.example'] },
  { pool: 'eu', countries: ['DE', 'FR'] },
];

test('the first rule that fits host and country chooses the pool', async () => {
  await using filter = await loadFilter(module, { config: { rules } });
  const poolOf = async (authority: string, country?: string): Promise<string | undefined> => {
    const headers = { 'x-pool': 'mine', ...(country !== undefined && { 'x-country': country }) };
    const { upstream } = await filter.request({ authority, headers });
    return upstream?.headers['x-pool'];
  };
  assert.equal(await poolOf('acme.example', 'fr'), 'acme-eu');
  assert.equal(await poolOf('shop.ACME.example:8443', 'US'), 'acme');
  assert.equal(await poolOf('acme.example'), 'acme');
  assert.equal(await poolOf('notacme.example', 'DE'), 'eu');
  assert.equal(await poolOf('example', 'US'), 'shared');
  assert.equal(await poolOf('[2001:db8::1]', 'DE'), 'eu');
});

test('a rule that would fit everybody, or names no pool, is refused', async () => {
  await assert.rejects(loadFilter(module, { config: { rules: [{ pool: 'all' }] } }), /rules\[0\]\.hosts/);
  await assert.rejects(loadFilter(module, { config: { rules: [{ hosts: ['a'] }] } }), /rules\[0\]\.pool/);
  await assert.rejects(loadFilter(module, { config: {} }), /"rules" is missing/);
});
