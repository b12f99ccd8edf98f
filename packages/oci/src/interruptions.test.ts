import { buffer } from 'node:stream/consumers';
import { startStrictRegistry } from '@wasmcast/testbed';
import { describe, expect, test } from 'vitest';
import { RegistrySession, listRepositories, pullBlob, pullModule, pushBlob, pushModule } from './index.ts';
import type { OciEvent, OciOptions } from './index.ts';
import { sha256 } from './remote/manifests.ts';
import { fakeModule } from './testing/modules.ts';

const limits = { retryBaseMs: 1, retryMaxMs: 5, attempts: 4 };
const nobody: OciOptions = { credentials: () => Promise.resolve({ kind: 'anonymous' }), limits };
const jane: OciOptions = {
  credentials: () => Promise.resolve({ kind: 'basic', username: 'jane', password: 'horse' }),
  limits,
};

function session(host: string, options: OciOptions = nobody): RegistrySession {
  return new RegistrySession({ registry: host, repository: 'a/b' }, 'pull,push', options);
}

function blobOf(size: number) {
  const bytes = fakeModule(size);
  return { digest: sha256(bytes), size, bytes };
}

describe('connections that break', () => {
  test('an upload goes on where it broke: nothing is sent twice', async () => {
    await using registry = await startStrictRegistry({ cutUploads: { times: 3, afterBytes: 500_000 } });
    const blob = blobOf(2_500_000);
    const events: OciEvent[] = [];
    const options = { ...nobody, limits: { ...limits, wholeUploadBytes: 1000 } };
    await using s = session(registry.host, { ...options, onProgress: (e) => void events.push(e) });
    await pushBlob(s, blob);
    expect(registry.store.repositories.get('a/b')?.blobs.get(`sha256:${blob.digest}`)?.length).toBe(
      blob.size,
    );
    const verbs = registry.seen.map((line) => line.split(' ')[0]);
    expect(verbs).toEqual(['HEAD', 'POST', 'PATCH', 'GET', 'PATCH', 'GET', 'PATCH', 'GET', 'PATCH', 'PUT']);
    expect(events.filter((e) => e.kind === 'retry')).toHaveLength(3);
    const sent = events.flatMap((e) => (e.kind === 'upload-progress' ? [e.sent] : []));
    expect(sent.at(-1)).toBe(blob.size);
    expect(sent.filter((n) => n > 500_000 && n < 2_000_000).length).toBeGreaterThan(0);
  });

  test('a download that never gets on ends with the fault of the connection', async () => {
    await using registry = await startStrictRegistry({ cutDownloads: { times: 99, afterBytes: 0 } });
    await using s = session(registry.host);
    const blob = blobOf(1000);
    await pushBlob(s, blob);
    await expect(pullBlob(s, blob, (chunks) => buffer(chunks))).rejects.toMatchObject({
      kind: 'unreachable',
    });
    const asked = registry.seen.filter((line) => line.startsWith('GET /v2/a/b/blobs/'));
    expect(asked).toHaveLength(limits.attempts);
  });

  test('a small upload is simply sent again', async () => {
    await using registry = await startStrictRegistry({ cutUploads: { times: 1, afterBytes: 1 } });
    await using s = session(registry.host);
    await pushBlob(s, blobOf(50_000));
    expect(registry.seen.filter((line) => line.startsWith('PUT'))).toHaveLength(2);
  });

  test('a download goes on where it broke, and is hashed as a whole', async () => {
    await using registry = await startStrictRegistry({ cutDownloads: { times: 3, afterBytes: 100_000 } });
    const blob = blobOf(500_000);
    await using s = session(registry.host);
    await pushBlob(s, blob);
    const got = await pullBlob(s, blob, (chunks) => buffer(chunks));
    expect(Buffer.compare(got, blob.bytes)).toBe(0);
    expect(registry.seen.filter((line) => line.startsWith('GET /v2/a/b/blobs/sha256'))).toHaveLength(4);
  });

  test('a body that is too large for what stands between is sent in smaller chunks', async () => {
    await using registry = await startStrictRegistry({ largestBody: 300_000 });
    const blob = blobOf(1_000_000);
    await using s = session(registry.host, { ...nobody, limits: { ...limits, wholeUploadBytes: 1000 } });
    await pushBlob(s, blob);
    expect(registry.store.repositories.get('a/b')?.blobs.size).toBe(1);
  });

  test('no chunk is smaller than the registry says', async () => {
    await using registry = await startStrictRegistry({ minChunk: 400_000 });
    await using s = session(registry.host, {
      ...nobody,
      limits: { ...limits, wholeUploadBytes: 1000, chunkBytes: 1000 },
    });
    await pushBlob(s, blobOf(1_000_000));
    expect(registry.seen.filter((line) => line.startsWith('PATCH'))).toHaveLength(3);
  });

  test('a registry that asks to wait is waited for, and the wait is bounded', async () => {
    await using registry = await startStrictRegistry({ rateLimit: { times: 3, retryAfter: 3600 } });
    const pushed = await pushModule(`${registry.host}/a/b:1`, fakeModule(1000), nobody);
    expect((await pullModule(pushed.image, nobody)).moduleDigest).toBe(pushed.moduleDigest);
  });
});

describe('tokens', () => {
  const users = {
    jane: { password: 'horse', rights: { 'a/': ['pull', 'push'], 'lib/': ['pull'] } },
    root: { password: 'horse', rights: { '': ['pull', 'push', 'delete', '*'] } },
  } as const;

  test('one that runs out in the middle is replaced', async () => {
    await using registry = await startStrictRegistry({ users, tokenUses: 2 });
    const pushed = await pushModule(`${registry.host}/a/b:1`, fakeModule(20_000), jane);
    expect((await pullModule(pushed.image, jane)).moduleDigest).toBe(pushed.moduleDigest);
    expect(registry.seen.filter((line) => line.includes('/token')).length).toBeGreaterThan(2);
  });

  test('a mount asks for the right to read the other repository; without it the blob is uploaded', async () => {
    await using registry = await startStrictRegistry({ users });
    const blob = blobOf(20_000);
    const root = {
      ...jane,
      credentials: () => Promise.resolve({ kind: 'basic', username: 'root', password: 'horse' } as const),
    };
    for (const repository of ['lib/f', 'secret/f']) {
      await using s = new RegistrySession({ registry: registry.host, repository }, 'pull,push', root);
      await pushBlob(s, blob);
    }
    for (const [from, last] of [
      ['lib/f', 'blob-mounted'],
      ['secret/f', 'upload-finished'],
    ] as const) {
      const events: OciEvent[] = [];
      const options = { ...jane, onProgress: (e: OciEvent) => void events.push(e) };
      const place = { registry: registry.host, repository: `a/${from}` };
      await using s = new RegistrySession(place, 'pull,push', options, [from]);
      await pushBlob(s, blob, [from]);
      expect(events.at(-1)?.kind).toBe(last);
    }
  });

  test('what the account may not do is said to be that', async () => {
    await using registry = await startStrictRegistry({ users });
    await expect(pushModule(`${registry.host}/lib/f:1`, fakeModule(1000), jane)).rejects.toMatchObject({
      exit: 'notPermitted',
    });
    await using s = new RegistrySession({ registry: registry.host, repository: '' }, 'catalog', jane);
    await expect(listRepositories(s)).rejects.toMatchObject({ exit: 'notPermitted' });
  });
});
