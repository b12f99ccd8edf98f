import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OciError } from '../errors.ts';
import type { LayoutFiles } from './files.ts';

/** Files in a folder; each appears whole or not at all. */
export function folderFiles(folder: string): LayoutFiles {
  return {
    name: folder,
    async read(name, limit) {
      // A folder from elsewhere may have a pipe there, and to open one would wait for a writer.
      const flags = constants.O_RDONLY | constants.O_NONBLOCK;
      const handle = await open(join(folder, name), flags).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
        throw new OciError('files', `cannot read ${join(folder, name)} (${cause.code})`, { cause });
      });
      if (handle === undefined) return undefined;
      try {
        const facts = await handle.stat();
        // A device has size 0 and no end.
        if (!facts.isFile()) throw new OciError('files', `cannot read ${join(folder, name)}: it is no file`);
        const { size } = facts;
        if (size > limit)
          throw new OciError('tooLarge', `${join(folder, name)} is larger than ${limit} bytes`);
        return await handle.readFile();
      } finally {
        await handle.close();
      }
    },
    async write(name, content) {
      const file = join(folder, name);
      // A name that nobody can know before: a link that waits under it would lead the bytes out of the folder.
      const partial = `${file}.${randomBytes(6).toString('hex')}`;
      try {
        await mkdir(dirname(file), { recursive: true });
        // A folder in it that is a link would lead out as well.
        if ((await realpath(dirname(file))) !== join(await realpath(folder), dirname(name)))
          throw new OciError('files', `cannot write ${file}: a folder on the way is a link`);
        await writeFile(partial, content, { flag: 'wx' });
        await rename(partial, file);
      } catch (cause) {
        await rm(partial, { force: true }).catch(() => {});
        if (cause instanceof OciError) throw cause;
        const { code } = cause as NodeJS.ErrnoException;
        throw new OciError('files', `cannot write ${file} (${code})`, { cause });
      }
    },
    finish: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
