import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { ensureArtefact, type BuildContext, type Recipe } from '../cache/store.ts';
import { stderrSink } from '../events.ts';
import { run } from '../process/run.ts';
import { versions } from '../versions.ts';

/** An SDK that others wrote for AssemblyScript, and the last compiler that takes it. Once installed it stays in the cache. */
const sdk: Recipe = {
  component: 'solo-proxy-runtime',
  version: versions.soloSdk,
  fingerprint: versions.soloCompiler,
  async build(into, { signal }) {
    await writeFile(path.join(into, 'package.json'), '{"private": true}');
    const packages = [
      `@solo-io/proxy-runtime@${versions.soloSdk}`,
      `assemblyscript@${versions.soloCompiler}`,
    ];
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--save-exact'];
    await run('npm', ['install', ...flags, ...packages], { cwd: into, signal });
  },
};

/**
 * Compiles `assembly/index.ts` of a folder with `@solo-io/proxy-runtime`, as its README says.
 *
 * @throws WasmcastError WC-BED-001 with the words of npm or of the compiler.
 */
export async function buildSoloFilter(
  folder: string,
  context: BuildContext = { emit: stderrSink },
): Promise<Uint8Array<ArrayBuffer>> {
  const installed = path.join(await ensureArtefact(sdk, context), 'node_modules');
  const root = await mkdtemp(path.join(tmpdir(), 'wasmcast-solo-filter-'));
  try {
    await cp(path.join(folder, 'assembly'), path.join(root, 'assembly'), { recursive: true });
    await symlink(installed, path.join(root, 'node_modules'));
    const compiler = path.join(installed, 'assemblyscript/bin/asc');
    const flags = ['--use', 'abort=abort_proc_exit', '--optimize', '--binaryFile', 'filter.wasm'];
    await run(process.execPath, [compiler, 'assembly/index.ts', ...flags], {
      cwd: root,
      signal: context.signal,
    });
    return new Uint8Array(await readFile(path.join(root, 'filter.wasm')));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
