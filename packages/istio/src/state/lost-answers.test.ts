import { text } from 'node:stream/consumers';
import { toRevision } from '@wasmcast/core';
import { expect, it } from 'vitest';
import type { KubeObject } from '../api/objects.ts';
import { json, serveApi, type TestApiServer } from '../testing/api-server.ts';
import { LeaseLock } from './lease-lock.ts';
import { RevisionConfigMaps } from './revision-config-maps.ts';

const signal = (): AbortSignal => AbortSignal.timeout(10_000);
const holder = (nonce: string) => ({ owner: 'me@here', since: '2026-01-01T00:00:00Z', nonce });

/** An API server that holds objects, and loses its answers to the writes that `isLost` names. */
async function losing(isLost: (method: string) => boolean): Promise<TestApiServer> {
  const objects = new Map<string, KubeObject>();
  const lost = new Set<string>();
  return await serveApi((request, response) => {
    void text(request).then((body) => {
      const { method = '', url = '' } = request;
      const sent = JSON.parse(body === '' ? '{}' : body) as KubeObject;
      const path = method === 'POST' ? `${url}/${sent.metadata.name}` : url;
      const found = objects.get(path);
      let [status, answer]: [number, unknown] = [200, found];
      if (method === 'POST' && found !== undefined) [status, answer] = [409, { reason: 'AlreadyExists' }];
      else if (method === 'POST') {
        answer = { ...sent, metadata: { ...sent.metadata, uid: `uid-${path}` } };
        objects.set(path, answer as KubeObject);
      } else if (found === undefined) [status, answer] = [404, {}];
      else if (method === 'DELETE') objects.delete(path);
      if (isLost(method) && !lost.has(method)) {
        lost.add(method);
        request.socket.destroy();
      } else json(response, status, answer);
    });
  });
}

it('a lock whose answer was lost is known as ours, and nobody else takes it', async () => {
  await using api = await losing((method) => method === 'POST');
  const lock = new LeaseLock(api.client, 'istio-system');
  {
    await using held = await lock.acquire('shop', holder('mine'), signal());
    expect(held.holder.nonce).toBe('mine');
    await expect(lock.acquire('shop', holder('yours'), signal())).rejects.toMatchObject({
      code: 'WC-LOCK-001',
    });
  }
  expect(await lock.holder('shop', signal())).toBeUndefined();
});

it('a lock that was broken, although the answer was lost, is broken', async () => {
  await using api = await losing((method) => method === 'DELETE');
  const lock = new LeaseLock(api.client, 'istio-system');
  await lock.acquire('shop', holder('dead'), signal());
  expect(await lock.break('shop', 'other', signal())).toBe(false);
  expect(await lock.break('shop', 'dead', signal())).toBe(true);
  expect(await lock.holder('shop', signal())).toBeUndefined();
});

it('a revision whose answer was lost is stored, and its number stays taken for any other', async () => {
  await using api = await losing((method) => method === 'POST');
  const store = new RevisionConfigMaps(api.client, 'istio-system', 'prod', {
    list: async () => [],
    changed: () => undefined,
  });
  const revision = (by: string) =>
    toRevision({ fleet: 'shop', target: 'prod', number: 1, at: '', by, cause: 'apply' }, []);
  await store.put(revision('me'), signal());
  await expect(store.put(revision('you'), signal())).rejects.toMatchObject({ code: 'WC-REV-001' });
});

it('a conflict where nothing stands is asked again, and is no revision of somebody else', async () => {
  const posts: string[] = [];
  await using api = await serveApi((request, response) => {
    if (request.method === 'GET') return json(response, 404, {});
    posts.push(request.url ?? '');
    return posts.length < 3 ? json(response, 409, { reason: 'Conflict' }) : json(response, 201, {});
  });
  const store = new RevisionConfigMaps(api.client, 'istio-system', 'prod', {
    list: async () => [],
    changed: () => undefined,
  });
  await store.put(
    toRevision({ fleet: 'shop', target: 'prod', number: 1, at: '', by: 'me', cause: 'apply' }, []),
    signal(),
  );
  expect(posts).toHaveLength(3);
});
