import { createHash } from 'node:crypto';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ensureArtefact, type BuildContext } from '../cache/store.ts';
import { stderrSink } from '../events.ts';
import { run } from '../process/run.ts';

/**
 * Compiles a filter that was written with an AssemblyScript SDK of npm, with the compiler that the SDK wants: its folder has a
 * `package.json` that pins both, and `assembly/index.ts`. Gives the module's path, from the cache when it was built before.
 *
 * @throws WasmcastError WC-BED-001 with the words of npm or of the compiler.
 */
export async function buildNpmFilter(
  folder: string,
  context: BuildContext = { emit: stderrSink },
): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(folder, 'package.json')));
  const sources = join(folder, 'assembly');
  for (const name of (await readdir(sources)).toSorted())
    hash.update(`\0${name}\0`).update(await readFile(join(sources, name)));
  const { signal } = context;
  const recipe = {
    component: `npm-${basename(folder)}`,
    version: '1',
    fingerprint: hash.digest('hex').slice(0, 16),
    async build(into: string): Promise<void> {
      await cp(folder, into, { recursive: true });
      const quiet = ['--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--silent'];
      await run('npm', ['install', ...quiet], { cwd: into, signal });
      const compiler = join(into, 'node_modules', 'assemblyscript', 'bin', 'asc');
      const flags = ['--use', 'abort=abort_proc_exit', '--optimize', '-b', 'filter.wasm'];
      await run(process.execPath, [compiler, 'assembly/index.ts', ...flags], { cwd: into, signal });
      await rm(join(into, 'node_modules'), { recursive: true });
    },
  };
  return join(await ensureArtefact(recipe, context), 'filter.wasm');
}
