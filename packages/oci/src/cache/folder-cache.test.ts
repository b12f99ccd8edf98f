import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Sha256 } from '@wasmcast/core';
import { startStrictRegistry } from '@wasmcast/testbed';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pullModule, pushModule } from '../index.ts';
import type { OciOptions } from '../index.ts';
import { startCountingProxy } from '../testing/counting-proxy.ts';
import { fakeModule } from '../testing/modules.ts';
import type { BlobCache } from './blob-cache.ts';
import { folderCache } from './folder-cache.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wc-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const digestOf = (bytes: Uint8Array): Sha256 => createHash('sha256').update(bytes).digest('hex') as Sha256;

async function put(cache: BlobCache, bytes: Uint8Array): Promise<Sha256> {
  const writer = await cache.write(digestOf(bytes), bytes.length);
  await writer?.add(bytes);
  await writer?.keep();
  return digestOf(bytes);
}

async function get(cache: BlobCache, digest: Sha256): Promise<string | undefined> {
  const chunks = await cache.read(digest);
  return chunks === undefined ? undefined : (await buffer(chunks)).toString();
}

describe('a cache in a folder', () => {
  test('shows nothing before it is whole, and is for its user alone', async () => {
    const cache = folderCache(join(folder, 'blobs'));
    const digest = digestOf(Buffer.from('one'));
    const writer = await cache.write(digest, 3);
    await writer?.add(Buffer.from('on'));
    expect(await get(cache, digest)).toBeUndefined();
    await writer?.discard();
    expect(await readdir(join(folder, 'blobs'))).toEqual([]);
    expect(await get(cache, await put(cache, Buffer.from('one')))).toBe('one');
    expect((await stat(join(folder, 'blobs'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'blobs', digest))).mode & 0o777).toBe(0o600);
  });

  test('has a bound: what was not read for longest goes, and what a killed process left', async () => {
    const cache = folderCache(folder, { total: 100, blob: 60 });
    const one = await put(cache, Buffer.alloc(40, 'a'));
    const two = await put(cache, Buffer.alloc(40, 'b'));
    const long = new Date(Date.now() - 7_200_000);
    await writeFile(join(folder, `${one}.0123456789ab`), 'torn');
    for (const name of await readdir(folder)) await utimes(join(folder, name), long, long);
    expect(await get(cache, one)).toHaveLength(40);
    const three = await put(cache, Buffer.alloc(50, 'c'));
    expect(await readdir(folder).then((names) => names.toSorted())).toEqual([one, three].toSorted());
    expect(await get(cache, two)).toBeUndefined();
    expect(await cache.write(one, 61)).toBeUndefined();
  });

  test('that cannot be written is none', async () => {
    await writeFile(join(folder, 'file'), '');
    const cache = folderCache(join(folder, 'file', 'blobs'));
    expect(await get(cache, await put(cache, Buffer.from('x')))).toBeUndefined();
  });

  test('is written by any number at once', async () => {
    const bytes = Buffer.alloc(100_000, 'x');
    const caches = Array.from({ length: 8 }, () => folderCache(folder));
    const digests = await Promise.all(caches.map((cache) => put(cache, bytes)));
    expect(await readdir(folder)).toEqual([digests[0]]);
    expect(await get(folderCache(folder), digestOf(bytes))).toBe(bytes.toString());
  });
});

describe('pulls by digest', () => {
  test('cost two requests, and none the second time; what the cache has become is noticed', async () => {
    await using registry = await startStrictRegistry();
    await using proxy = await startCountingProxy(registry.host);
    const cache = folderCache(folder);
    const options: OciOptions = {
      credentials: () => Promise.resolve({ kind: 'anonymous' }),
      blobCache: cache,
      manifestCache: cache,
    };
    const wasm = fakeModule(200_000);
    const { imageDigest } = await pushModule(`${registry.host}/a/b:1`, wasm, options);
    const pulled = async (): Promise<number> => {
      const { wasm: bytes } = await pullModule(`${proxy.host}/a/b@sha256:${imageDigest}`, options);
      expect(Buffer.compare(bytes, wasm)).toBe(0);
      return proxy.taken().length;
    };
    expect([await pulled(), await pulled()]).toEqual([2, 0]);
    const names = await readdir(folder);
    expect(names).toHaveLength(2);
    for (const [index, spoil] of [Buffer.from('short'), Buffer.alloc(300_000)].entries()) {
      for (const name of names) await writeFile(join(folder, name), spoil);
      expect([index, await pulled(), await pulled()]).toEqual([index, 2, 0]);
    }
    // A tag is asked for, what it leads to is not.
    await pullModule(`${proxy.host}/a/b:1`, options);
    expect(proxy.taken()).toEqual(['GET /v2/a/b/manifests/1']);
  });

  test('eight at once leave one copy of each', async () => {
    await using registry = await startStrictRegistry();
    const cache = folderCache(folder);
    const options: OciOptions = {
      credentials: () => Promise.resolve({ kind: 'anonymous' }),
      blobCache: cache,
      manifestCache: cache,
    };
    const { imageDigest } = await pushModule(`${registry.host}/a/b:1`, fakeModule(200_000), options);
    const reference = `${registry.host}/a/b@sha256:${imageDigest}`;
    const all = await Promise.all(Array.from({ length: 8 }, () => pullModule(reference, options)));
    expect(new Set(all.map(({ moduleDigest }) => moduleDigest)).size).toBe(1);
    expect(await readdir(folder)).toHaveLength(2);
  });
});
