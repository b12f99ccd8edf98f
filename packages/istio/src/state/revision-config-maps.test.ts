import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { json, serveApi } from '../testing/api-server.ts';
import { RevisionConfigMaps } from './revision-config-maps.ts';

const signal = (): AbortSignal => AbortSignal.timeout(10_000);

it('old revisions are deleted as they were listed: what took their name since is left alone', async () => {
  const deleted = new Map<string | undefined, unknown>();
  await using api = await serveApi((request, response) => {
    void text(request).then((body) => {
      const { method = '', url = '' } = request;
      if (method === 'GET') {
        const listed = [1, 2, 3].map((number) => ({
          metadata: { name: `wasmcast-shop-r${number}`, uid: `u${number}`, resourceVersion: String(number) },
        }));
        return json(response, 200, { items: listed });
      }
      deleted.set(url.split('/').at(-1), (JSON.parse(body) as { preconditions: unknown }).preconditions);
      return json(response, url.endsWith('r2') ? 409 : 200, { reason: 'Conflict' });
    });
  });
  const store = new RevisionConfigMaps(api.client, 'istio-system', 'prod', {
    list: async () => [],
    changed: () => undefined,
  });
  await store.delete('shop', [1, 2, 4], signal());
  expect(Object.fromEntries(deleted)).toEqual({
    'wasmcast-shop-r1': { uid: 'u1', resourceVersion: '1' },
    'wasmcast-shop-r2': { uid: 'u2', resourceVersion: '2' },
  });
});
