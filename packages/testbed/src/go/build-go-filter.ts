import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { run } from '../process/run.ts';

/**
 * Compiles the package in a folder for Proxy-Wasm and gives its module. Go keeps what it has compiled in the user's cache.
 *
 * @throws WasmcastError WC-BED-001 with the compiler's words.
 */
export async function buildGoFilter(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const to = await mkdtemp(path.join(tmpdir(), 'wasmcast-go-filter-'));
  try {
    const file = path.join(to, 'filter.wasm');
    const env = { ...process.env, GOOS: 'wasip1', GOARCH: 'wasm', GOWORK: 'off', GOFLAGS: '' };
    await run('go', ['build', '-trimpath', '-buildmode=c-shared', '-o', file, '.'], { cwd: folder, env });
    return new Uint8Array(await readFile(file));
  } finally {
    await rm(to, { recursive: true, force: true });
  }
}
