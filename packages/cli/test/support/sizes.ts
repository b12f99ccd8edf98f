import { readFile, writeFile } from 'node:fs/promises';
import { env } from 'node:process';

const file = new URL('../template-sizes.json', import.meta.url);

/** The sizes in bytes that the modules of the templates may have. Taken anew with the environment UPDATE_SIZES=1. */
export const recordedSizes: Readonly<Record<string, number>> =
  env['UPDATE_SIZES'] === '1'
    ? new Proxy({}, { get: () => Infinity })
    : (JSON.parse(await readFile(file, 'utf8')) as Record<string, number>);

/** Records the sizes, when that was asked for. */
export async function writeSizes(sizes: Readonly<Record<string, number>>): Promise<void> {
  if (env['UPDATE_SIZES'] === '1') await writeFile(file, `${JSON.stringify(sizes, undefined, 2)}\n`);
}
