import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobCache, CacheWriter } from './blob-cache.ts';

/** How much a cache holds, in bytes. */
export interface CacheLimits {
  readonly total: number;
  /** What is larger is not kept. */
  readonly blob: number;
}

const defaults: CacheLimits = { total: 1024 ** 3, blob: 256 * 1024 * 1024 };

/** A writer that was killed leaves its file behind; after an hour nobody can be writing it any more. */
const abandonedMs = 3_600_000;

/**
 * A cache in a folder: one file a digest, read by its user alone. Files appear whole by renaming, so that any number of
 * processes may share it; the ones that were not read for longest go when there is too much.
 */
export function folderCache(folder: string, limits: CacheLimits = defaults): BlobCache {
  const fileOf = (digest: string): string => join(folder, digest);
  return {
    async read(digest) {
      const file = fileOf(digest);
      const handle = await open(file, 'r').catch(() => undefined);
      if (handle === undefined) return undefined;
      const now = new Date();
      await utimes(file, now, now).catch(() => {});
      return createReadStream('', { fd: handle });
    },
    async write(digest, size) {
      if (size > limits.blob) return undefined;
      const partial = `${fileOf(digest)}.${randomBytes(6).toString('hex')}`;
      const writer = await mkdir(folder, { recursive: true, mode: 0o700 })
        .then(() => openWriter(partial, fileOf(digest)))
        .catch(() => undefined);
      if (writer !== undefined) await prune(folder, limits.total - size).catch(() => {});
      return writer;
    },
    drop: (digest) => rm(fileOf(digest), { force: true }).catch(() => {}),
  };
}

async function openWriter(partial: string, file: string): Promise<CacheWriter> {
  const handle = await open(partial, 'wx', 0o600);
  let failed = false;
  let ended = false;
  const end = async (): Promise<void> => {
    ended = true;
    await handle.close().catch(() => {});
  };
  const discard = async (): Promise<void> => {
    if (ended) return;
    await end();
    await rm(partial, { force: true }).catch(() => {});
  };
  return {
    async add(chunk) {
      // A full disk is no reason not to go on with the pull.
      if (!failed) await handle.write(chunk).catch(() => (failed = true));
    },
    async keep() {
      if (failed) return discard();
      await end();
      return rename(partial, file).catch(() => rm(partial, { force: true }));
    },
    discard,
  };
}

/** Takes away what was not read for longest until no more than `room` bytes are left. */
async function prune(folder: string, room: number): Promise<void> {
  const files: { readonly file: string; readonly size: number; readonly read: number }[] = [];
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const info = await stat(file).catch(() => undefined);
    if (info === undefined) continue;
    if (!name.includes('.')) files.push({ file, size: info.size, read: info.mtimeMs });
    else if (Date.now() - info.mtimeMs > abandonedMs) await rm(file, { force: true });
  }
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { file, size } of files.toSorted((a, b) => a.read - b.read)) {
    if (total <= room) return;
    await rm(file, { force: true });
    total -= size;
  }
}
