import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, readFile, readdir } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { ensureArtefact } from '../cache/store.ts';
import type { BuildContext } from '../cache/store.ts';
import { acquireLock } from '../cache/lock.ts';
import { stderrSink } from '../events.ts';
import { cacheRoot } from '../paths.ts';
import { run } from '../process/run.ts';
import { which } from '../process/which.ts';

const target = 'wasm32-wasip1';

/**
 * Builds a crate (a `cdylib` with a Cargo.lock) for Proxy-Wasm and gives the path of its module, from the cache where the
 * same sources and compiler were built before.
 *
 * @throws WasmcastError WC-BED-001 with the compiler's words, WC-BED-015 when it gives no module.
 */
export async function buildRustFilter(
  folder: string,
  context: BuildContext = { emit: stderrSink },
): Promise<string> {
  const crate = resolve(folder);
  const { signal } = context;
  const compiler = await run('rustc', ['--version'], { cwd: crate, signal });
  const hash = createHash('sha256').update(compiler);
  for (const file of await sources(crate)) {
    hash.update(`\0${relative(crate, file)}\0`).update(await readFile(file));
  }
  const recipe = {
    component: `rust-${basename(crate)}`,
    version: compiler.split(' ')[1] ?? 'unknown',
    fingerprint: hash.digest('hex').slice(0, 16),
    async build(into: string): Promise<void> {
      await ensureTarget(crate, context);
      // Shared by all crates, so that each dependency is compiled once.
      const output = join(cacheRoot(), 'rust-target');
      await mkdir(output, { recursive: true });
      const args = ['build', '--locked', '--release', '--target', target, '--target-dir', output];
      await run('cargo', [...args, '--manifest-path', join(crate, 'Cargo.toml')], { cwd: crate, signal });
      const library = await libraryName(crate, signal);
      await copyFile(join(output, target, 'release', `${library}.wasm`), join(into, 'filter.wasm'));
    },
  };
  return join(await ensureArtefact(recipe, context), 'filter.wasm');
}

async function sources(crate: string): Promise<readonly string[]> {
  const entries = await readdir(join(crate, 'src'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return [
    join(crate, 'Cargo.toml'),
    join(crate, 'Cargo.lock'),
    ...files.toSorted((a, b) => (a < b ? -1 : 1)),
  ];
}

async function libraryName(crate: string, signal: AbortSignal | undefined): Promise<string> {
  const args = ['metadata', '--locked', '--no-deps', '--format-version', '1'];
  const metadata = JSON.parse(await run('cargo', args, { cwd: crate, signal })) as {
    readonly packages: readonly {
      readonly targets: readonly { readonly name: string; readonly crate_types: readonly string[] }[];
    }[];
  };
  const library = metadata.packages
    .flatMap((one) => one.targets)
    .find((one) => one.crate_types.includes('cdylib'));
  if (!library) throw new WasmcastError('WC-BED-015', `${crate} has no library of type cdylib`);
  return library.name.replaceAll('-', '_');
}

/** Adds the compiler's library for WebAssembly where rustup can. */
async function ensureTarget(crate: string, { emit, signal }: BuildContext): Promise<void> {
  const options = { cwd: crate, signal };
  const sysroot = (await run('rustc', ['--print', 'sysroot'], options)).trim();
  const library = join(sysroot, 'lib', 'rustlib', target);
  const installed = await access(library).then(
    () => true,
    () => false,
  );
  if (installed) return;
  if ((await which('rustup')) === undefined) {
    throw new WasmcastError('WC-BED-002', `rustc has no library for ${target}`, {
      help: `install it, e.g. by rustup target add ${target}`,
    });
  }
  await using _lock = await acquireLock('rustup', {
    signal,
    onWait: () => emit({ kind: 'waiting', what: 'rustup' }),
  });
  await run('rustup', ['target', 'add', target], options);
}
