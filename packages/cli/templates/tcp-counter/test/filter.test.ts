import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFilter } from '@wasmcast/host/testing';

// `wasmcast test` builds the module first.
const module = new URL('../build/filter.wasm', import.meta.url);
test('connections and bytes are counted', async () => {
  await using filter = await loadFilter(module, { config: { prefix: 'shop' } });
  const connection = filter.connect();
  connection.clientSends('12345');
  connection.upstreamSends('123');
  assert.equal(connection.upstream, '12345');
  assert.equal(connection.client, '123');
  assert.equal(filter.metrics.value('shop_open'), 1n);
  connection.clientCloses();
  const names = ['shop_connections', 'shop_open', 'shop_received_bytes', 'shop_sent_bytes'];
  assert.deepEqual(
    names.map((name) => filter.metrics.value(name)),
    [1n, 0n, 5n, 3n],
  );
});

test('a configuration that is no JSON is refused', async () => {
  await assert.rejects(loadFilter(module, { config: '{' }), /not JSON/);
});
