import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFilter } from '@wasmcast/host/testing';

// `wasmcast test` builds the module first.
const module = new URL('../build/filter.wasm', import.meta.url);
const config = { cookie: 'group', groups: { a: 75, b: 25 }, maxAge: 3600 };

test('a new client gets a group, and the cookie that keeps it there', async () => {
  await using filter = await loadFilter(module, { config });
  const counts: Record<string, number> = { a: 0, b: 0 };
  for (let i = 0; i < 400; i++) {
    const { upstream, response } = await filter.request({ headers: { 'x-group': 'mine' } });
    const group = upstream?.headers['x-group'] ?? '';
    counts[group] = (counts[group] ?? 0) + 1;
    assert.equal(
      response?.headers['set-cookie'],
      `group=${group}; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax`,
    );
  }
  assert.deepEqual(Object.keys(counts), ['a', 'b']);
  assert.ok(counts['a'] > 240 && counts['a'] < 360, `${counts['a']} of 400 are in a group of 75 %`);
});

test('a client with a cookie stays in its group', async () => {
  await using filter = await loadFilter(module, { config });
  const { upstream, response } = await filter.request({ headers: { cookie: 'x=1; group=b' } });
  assert.equal(upstream?.headers['x-group'], 'b');
  assert.equal(response?.headers['set-cookie'], undefined);
  const made = await filter.request({ headers: { cookie: 'group=root' } });
  assert.notEqual(made.upstream?.headers['x-group'], 'root');
});

test('groups without weights are refused', async () => {
  await assert.rejects(loadFilter(module, { config: { groups: {} } }), /a group with a weight/);
  await assert.rejects(loadFilter(module, { config: { groups: { a: 0 } } }), /a group with a weight/);
  await assert.rejects(loadFilter(module, { config: { groups: { a: -1 } } }), /whole number/);
});
