import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = path.join(import.meta.dirname, 'go');

/** Why Go cannot compile a filter here, or `undefined`. Throws instead of giving a reason where CI=true. */
export async function whyNoGo(): Promise<string | undefined> {
  try {
    await run('go', ['version']);
    return undefined;
  } catch {
    if (process.env['CI'] === 'true') throw new Error('go is missing');
    return 'go is missing';
  }
}

/** The filter in `go/`; Go keeps what it has compiled in the user's cache. */
export async function buildGoFilter(): Promise<Uint8Array> {
  const to = await mkdtemp(path.join(tmpdir(), 'wasmcast-go-filter-'));
  try {
    const file = path.join(to, 'filter.wasm');
    const env = { ...process.env, GOOS: 'wasip1', GOARCH: 'wasm', GOWORK: 'off', GOFLAGS: '' };
    await run('go', ['build', '-trimpath', '-buildmode=c-shared', '-o', file, '.'], { cwd: folder, env });
    return await readFile(file);
  } finally {
    await rm(to, { recursive: true, force: true });
  }
}
