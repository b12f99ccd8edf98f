import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { OciError } from '../errors.ts';
import { blockSize, malformed, parseTarHeader } from '../image/tar-header.ts';
import { tarEnd, tarHeader } from '../image/tar-writer.ts';
import type { LayoutFiles } from './files.ts';

/** An archive of an OCI layout has a few files a manifest; more than this is something else. */
const mostEntries = 100_000;

/** The files of a tar archive (not compressed), for reading. @throws OciError `files`, `archive` */
export async function openArchive(file: string): Promise<LayoutFiles> {
  const handle = await open(file, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw new OciError('files', `cannot read ${file} (${cause.code})`, { cause });
  });
  try {
    const entries = await entriesOf(handle);
    return {
      name: file,
      async read(name, limit) {
        const entry = entries.get(name);
        if (entry === undefined) return undefined;
        if (entry.size > limit)
          throw new OciError('tooLarge', `${name} in ${file} is larger than ${limit} bytes`);
        return readAt(handle, entry.offset, entry.size);
      },
      write: () => Promise.reject(new TypeError('this archive is open for reading')),
      finish: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Files that become a new tar archive; it appears whole when they are finished. @throws OciError `files` if it exists */
export async function createArchive(file: string): Promise<LayoutFiles> {
  const there = await open(file, 'r').catch(() => undefined);
  if (there !== undefined) {
    await there.close();
    throw new OciError('files', `${file} exists: an archive is not added to`, { help: 'name another file' });
  }
  // A name that nobody can know before: a link that waits under it would lead the bytes elsewhere.
  const partial = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(partial, 'wx+').catch((cause: NodeJS.ErrnoException) => {
    throw new OciError('files', `cannot write ${file} (${cause.code})`, { cause });
  });
  const written = new Map<string, { readonly offset: number; readonly size: number }>();
  let at = 0;
  let finished = false;
  const append = async (bytes: Uint8Array): Promise<void> => {
    await handle.write(bytes, 0, bytes.length, at);
    at += bytes.length;
  };
  return {
    name: file,
    async read(name) {
      const entry = written.get(name);
      return entry === undefined ? undefined : readAt(handle, entry.offset, entry.size);
    },
    async write(name, content) {
      await append(tarHeader(name, content.length));
      written.set(name, { offset: at, size: content.length });
      await append(content);
      await append(new Uint8Array((blockSize - (content.length % blockSize)) % blockSize));
    },
    async finish() {
      await append(tarEnd);
      await handle.close();
      await rename(partial, file);
      finished = true;
    },
    async [Symbol.asyncDispose]() {
      if (finished) return;
      await handle.close();
      await rm(partial, { force: true });
    },
  };
}

/** Where each regular file's bytes are. Of two files of one name the last one counts, as when it is unpacked. */
async function entriesOf(
  handle: FileHandle,
): Promise<ReadonlyMap<string, { readonly offset: number; readonly size: number }>> {
  const entries = new Map<string, { readonly offset: number; readonly size: number }>();
  const { size: total } = await handle.stat();
  for (let at = 0, count = 0; at + blockSize <= total; count += 1) {
    if (count === mostEntries) throw malformed(`more than ${mostEntries} entries`);
    const block = await readAt(handle, at, blockSize);
    if (block.every((byte) => byte === 0)) break;
    const { name, size, type } = parseTarHeader(block);
    at += blockSize;
    if (at + size > total) throw malformed('it is cut off');
    if (type === '0') entries.set(name.replace(/^\.\//, ''), { offset: at, size });
    at += Math.ceil(size / blockSize) * blockSize;
  }
  return entries;
}

async function readAt(handle: FileHandle, offset: number, size: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(size);
  const { bytesRead } = await handle.read(bytes, 0, size, offset);
  if (bytesRead < size) throw malformed('it is cut off');
  return bytes;
}
