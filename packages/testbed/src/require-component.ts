import { platform } from 'node:process';
import { assertNever, WasmcastError } from '@wasmcast/core';
import { envoyRecipe } from './cache/envoy.ts';
import { goRecipe } from './cache/go.ts';
import { cannotInstall, debianPackages, ensurePackages, missingPackages } from './cache/packages.ts';
import { ensureArtefact, isCached } from './cache/store.ts';
import { stderrSink } from './events.ts';
import { which } from './process/which.ts';

/** What a test may need from the machine. */
export type ComponentName = 'envoy' | 'registry' | 'agent' | 'rust' | 'go' | 'api-server' | 'cluster';

/**
 * Makes a component ready for tests (quick ones are fetched or installed; a cluster is only looked at), and says by name
 * why it cannot be had here, or `undefined`:
 *
 *     const missing = await requireComponent('envoy');
 *     describe.skipIf(missing !== undefined)(`chains in a real Envoy${skipNote(missing)}`, () => …);
 *
 * @throws WasmcastError WC-BED-007 instead of giving a reason when the environment has CI=true.
 */
export async function requireComponent(name: ComponentName): Promise<string | undefined> {
  const reason = await whyMissing(name);
  if (reason === undefined) return undefined;
  const message = `${name} is missing: ${reason}`;
  if (process.env['CI'] === 'true') throw new WasmcastError('WC-BED-007', message);
  return message;
}

/** What to append to a suite's title: the reason when it is skipped, else nothing. */
export function skipNote(missing: string | undefined): string {
  return missing === undefined ? '' : ` (skipped: ${missing})`;
}

async function whyMissing(name: ComponentName): Promise<string | undefined> {
  if (platform !== 'linux' || process.arch !== 'x64') return 'it is known to run on Linux on x86-64 only';
  try {
    switch (name) {
      case 'envoy':
        if (!(await isCached(envoyRecipe)) && (await which('python3')) === undefined) return 'no python3';
        await ensureArtefact(envoyRecipe, { emit: stderrSink });
        return undefined;
      case 'registry':
        return await ensuredPackages();
      case 'agent':
      case 'go':
        return (await which('go')) === undefined ? 'no go' : undefined;
      case 'rust':
        return (await which('cargo')) === undefined ? 'no cargo' : undefined;
      case 'api-server':
        return await apiServerNeeds();
      case 'cluster':
        return await clusterNeeds();
      default:
        return assertNever(name);
    }
  } catch (error) {
    if (error instanceof WasmcastError) return error.message;
    throw error;
  }
}

async function ensuredPackages(): Promise<string | undefined> {
  await ensurePackages([debianPackages.registry], { emit: stderrSink });
  return undefined;
}

// Building it takes minutes, which no test may take without having been asked.
async function apiServerNeeds(): Promise<string | undefined> {
  const recipes = await Promise.all((['kubernetes', 'etcd', 'istio'] as const).map(goRecipe));
  const cached = await Promise.all(recipes.map(isCached));
  return cached.every(Boolean) ? undefined : 'it is not built (npm run testbed -- build)';
}

async function clusterNeeds(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'not root';
  if ((await which('go')) === undefined) return 'no go';
  if ((await which('python3')) === undefined) return 'no python3';
  const missing = await missingPackages(Object.values(debianPackages));
  const why = missing.length === 0 ? undefined : await cannotInstall();
  return why === undefined ? undefined : `no ${missing.map((one) => one.package).join(', ')}, and ${why}`;
}
