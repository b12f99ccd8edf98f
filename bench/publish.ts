import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

/** Writes a page of docs/ anew, as the formatter leaves it, when the command was given `--write`. */
export async function publish(name: string, page: string): Promise<void> {
  if (!process.argv.includes('--write')) return;
  const file = path.resolve(import.meta.dirname, '../docs', name);
  await writeFile(file, page);
  await promisify(execFile)('npx', ['oxfmt', file]);
  process.stdout.write(`written: ${file}\n`);
}
