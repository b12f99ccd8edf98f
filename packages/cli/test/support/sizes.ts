import { readFile, writeFile } from 'node:fs/promises';
import { env } from 'node:process';

const file = new URL('../template-sizes.json', import.meta.url);
const updating = env['UPDATE_SIZES'] === '1';

/** The sizes in bytes of the modules of the templates, by their names. Taken anew with the environment UPDATE_SIZES=1. */
export const recordedSizes = JSON.parse(await readFile(file, 'utf8')) as Readonly<Record<string, number>>;

/** The largest size that a module may have: 5 % over what is recorded; 0 for one that is not recorded. */
export function largestSize(name: string, recorded = recordedSizes): number {
  return updating ? Infinity : Math.floor(((recorded[name] ?? 0) * 105) / 100);
}

/** Records the sizes, when that was asked for. */
export async function writeSizes(sizes: Readonly<Record<string, number>>): Promise<void> {
  if (updating) await writeFile(file, `${JSON.stringify(sizes, undefined, 2)}\n`);
}
