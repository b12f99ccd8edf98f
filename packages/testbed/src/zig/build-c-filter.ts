import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { artefactPath, ensureArtefact, type BuildContext, type Recipe } from '../cache/store.ts';
import { stderrSink } from '../events.ts';
import { cacheRoot } from '../paths.ts';
import { run } from '../process/run.ts';
import { versions } from '../versions.ts';

/** Zig from the Python wheel `ziglang`: a clang with the C library of WASI. */
export const zigRecipe: Recipe = {
  component: 'zig',
  version: versions.zig,
  async build(into, { signal }) {
    const unpacked = join(into, 'wheel');
    const requirement = `ziglang==${versions.zig}`;
    const only = ['--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '-q'];
    await run('python3', ['-m', 'pip', 'download', ...only, '-d', unpacked, requirement], { signal });
    const wheel = (await readdir(unpacked)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new WasmcastError('WC-BED-003', `pip gave no wheel for ${requirement}`);
    await run('python3', ['-m', 'zipfile', '-e', join(unpacked, wheel), unpacked], { signal });
    await rename(join(unpacked, 'ziglang'), join(into, 'ziglang'));
    await chmod(join(into, 'ziglang', 'zig'), 0o755);
    await rm(unpacked, { recursive: true });
  },
};

/**
 * Compiles one file of C to a Proxy-Wasm module (a WASI reactor) and gives its path, from the cache when it was built before.
 *
 * @throws WasmcastError WC-BED-001 with the compiler's words.
 */
export async function buildCFilter(
  source: string,
  context: BuildContext = { emit: stderrSink },
): Promise<string> {
  const hash = createHash('sha256').update(await readFile(source));
  const { signal } = context;
  const recipe = {
    component: `c-${basename(source, '.c')}`,
    version: versions.zig,
    fingerprint: hash.digest('hex').slice(0, 16),
    async build(into: string): Promise<void> {
      await ensureArtefact(zigRecipe, context);
      const cache = join(cacheRoot(), 'zig-target');
      const env = { ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
      const flags = ['--target=wasm32-wasi', '-mexec-model=reactor', '-Os'];
      const zig = join(artefactPath(zigRecipe), 'ziglang', 'zig');
      await run(zig, ['cc', ...flags, '-o', join(into, 'filter.wasm'), source], { env, signal });
    },
  };
  return join(await ensureArtefact(recipe, context), 'filter.wasm');
}
