import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatDiagnostic, type Diagnostic } from '@wasmcast/core';
import { buildFilter, type FilterProject } from '@wasmcast/wasm';

/** Where the sources under test find the SDK: from this package. */
const home = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles the text of a filter as `wasmcast build` would. */
export async function compileFilter(
  source: string,
  options: Partial<Pick<FilterProject, 'mode' | 'runtime' | 'abi'>> = {},
): Promise<{ readonly wasm?: Uint8Array<ArrayBuffer>; readonly diagnostics: readonly Diagnostic[] }> {
  const root = await mkdtemp(join(tmpdir(), 'sdk-test-'));
  try {
    await mkdir(join(root, 'assembly'));
    await writeFile(join(root, 'assembly/index.ts'), source);
    const result = await buildFilter({ root, mode: 'release', resolveFrom: [home], ...options });
    if (result.kind === 'failed') return { diagnostics: result.diagnostics };
    return { wasm: new Uint8Array(result.wasm), diagnostics: result.diagnostics };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** As {@link compileFilter}, for a filter that must compile. */
export async function built(...args: Parameters<typeof compileFilter>): Promise<Uint8Array<ArrayBuffer>> {
  const { wasm, diagnostics } = await compileFilter(...args);
  if (wasm === undefined)
    throw new Error(diagnostics.map((d) => formatDiagnostic(d, { color: false })).join('\n'));
  return wasm;
}
