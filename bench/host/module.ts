import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import asc from 'assemblyscript/asc';

/** Compiles the filter that both sides run. */
export async function buildAddHeader(): Promise<Uint8Array> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-bench-'));
  try {
    const file = path.join(folder, 'filter.wasm');
    const source = path.join(import.meta.dirname, 'assembly/add-header.ts');
    const { error } = await asc.main([source, '--baseDir', '/', '-o', file, '--runtime', 'stub', '-O3']);
    if (error !== null) throw error;
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
