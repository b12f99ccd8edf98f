import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { loadFilter, TestClock } from '@wasmcast/host/testing';

// `wasmcast test` builds the module first.
const module = new URL('../build/filter.wasm', import.meta.url);
const secret = 'a secret of at least thirty-two bytes';
const config = { secret, issuer: 'https://issuer.example', audience: 'shop' };
// The clock of a filter under test stands still.
const now = Number(new TestClock().realtime() / 1_000_000_000n);
const good = { sub: 'alice', iss: 'https://issuer.example', aud: ['shop'], exp: now + 60 };

function token(claims: object, key = secret, header: object = { alg: 'HS256' }): string {
  const [first, second] = [header, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return `${first}.${second}.${createHmac('sha256', key).update(`${first}.${second}`).digest('base64url')}`;
}

test('who has a token passes, and the upstream learns who it is', async () => {
  await using filter = await loadFilter(module, { config });
  const headers = { authorization: `Bearer ${token(good)}`, 'x-user': 'root' };
  const { upstream } = await filter.request({ headers });
  assert.equal(upstream?.headers['x-user'], 'alice');
});

test('any other token is answered 401, with the reason', async () => {
  await using filter = await loadFilter(module, { config });
  const wrong = {
    'no bearer token': 'Basic abc',
    'wrong signature': `Bearer ${token(good, 'another secret that is long enough too')}`,
    'not signed by HS256': `Bearer ${token(good, secret, { alg: 'none' })}`,
    expired: `Bearer ${token({ ...good, exp: now - 3600 })}`,
    'of another issuer': `bearer ${token({ ...good, iss: 'x' })}`,
    'for another audience': `Bearer ${token({ ...good, aud: 'x' })}`,
  };
  for (const [error, authorization] of Object.entries(wrong)) {
    const { upstream, response } = await filter.request({ headers: { authorization } });
    assert.equal(upstream, undefined);
    assert.equal(response?.status, 401);
    assert.deepEqual(JSON.parse(response.body), { error });
  }
});

test('a secret that is too short is refused', async () => {
  await assert.rejects(loadFilter(module, { config: { secret: 'short' } }), /at least 32 bytes/);
});
