import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import asc from 'assemblyscript/asc';

const folder = path.join(import.meta.dirname, 'assembly');

/**
 * Compiles one of the test filters in `assembly/`. The result is kept in the system's temporary folder under the digest of
 * everything it depends on, because a compilation takes seconds and several test files want the same filter.
 */
export async function compileFilter(name: string, flags: readonly string[] = []): Promise<Uint8Array> {
  const key = createHash('sha256').update(`${asc.version} ${flags.join(' ')} `);
  for (const file of (await readdir(folder)).toSorted()) key.update(await readFile(path.join(folder, file)));
  const kept = path.join(tmpdir(), 'wasmcast-test-filters', `${name}-${key.digest('hex').slice(0, 16)}.wasm`);
  try {
    return await readFile(kept);
  } catch {
    // Not compiled yet.
  }
  const out = `${kept}.${process.pid}.${Math.random().toString(16).slice(2)}`;
  await mkdir(path.dirname(kept), { recursive: true });
  const files = new Map<string, Uint8Array>();
  const { error, stderr } = await asc.main(
    [
      `${name}.ts`,
      '-o',
      'out.wasm',
      '--runtime',
      'stub',
      '-O1',
      '--debug',
      '--use',
      `abort=${name}/abort`,
    ].concat(
      flags.includes('--no-start') ? [] : ['--exportStart', '_initialize'],
      flags.filter((flag) => flag !== '--no-start'),
    ),
    {
      readFile: async (file) => {
        const at = path.resolve(folder, file);
        return at.startsWith(folder) ? readFile(at, 'utf8').catch(() => null) : null;
      },
      writeFile: (file, contents) => {
        files.set(file, typeof contents === 'string' ? Buffer.from(contents) : contents);
      },
      listFiles: () => [],
    },
  );
  if (error !== null)
    throw new Error(`asc failed: ${error.message}\n${(stderr as { toString(): string }).toString()}`);
  const wasm = files.get('out.wasm') as Uint8Array;
  await writeFile(out, wasm);
  await rename(out, kept);
  return wasm;
}
