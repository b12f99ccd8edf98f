import { mkdir, open, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OciError } from '../errors.ts';
import type { LayoutFiles } from './files.ts';

/** Files in a folder; each appears whole or not at all. */
export function folderFiles(folder: string): LayoutFiles {
  return {
    name: folder,
    async read(name, limit) {
      const handle = await open(join(folder, name), 'r').catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
        throw new OciError('files', `cannot read ${join(folder, name)} (${cause.code})`, { cause });
      });
      if (handle === undefined) return undefined;
      try {
        const { size } = await handle.stat();
        if (size > limit)
          throw new OciError('tooLarge', `${join(folder, name)} is larger than ${limit} bytes`);
        return await handle.readFile();
      } finally {
        await handle.close();
      }
    },
    has: (name) =>
      stat(join(folder, name)).then(
        () => true,
        () => false,
      ),
    async write(name, content) {
      const file = join(folder, name);
      const partial = `${file}.partial`;
      try {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(partial, content);
        await rename(partial, file);
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        throw new OciError('files', `cannot write ${file} (${code})`, { cause });
      }
    },
    finish: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
