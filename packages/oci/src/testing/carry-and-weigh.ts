import { randomFillSync } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { pullModuleInto, pushModule } from '../index.ts';
import { fakeModule } from './modules.ts';

/**
 * A program for tests: pushes a module of so many bytes that no compression makes smaller, or pulls what was pushed, into a file;
 * tells by how many bytes the process grew at most, beyond what a small one took.
 */
const [what = '', host = '', bytes = '0', file = ''] = process.argv.slice(2);
const anonymous = { credentials: () => Promise.resolve({ kind: 'anonymous' } as const) };
const reference = `${host}/large/module:${bytes}`;
const into = (to: string): Promise<unknown> =>
  pullModuleInto(
    to,
    async (chunks) => {
      await pipeline(chunks, createWriteStream(file));
      return {};
    },
    anonymous,
  );

await pushModule(`${host}/small/module:1`, fakeModule(20_000), anonymous);
await into(`${host}/small/module:1`);
const before = process.resourceUsage().maxRSS;
if (what === 'pull') await into(reference);
else {
  const wasm = new Uint8Array(Number(bytes));
  wasm.set([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  randomFillSync(wasm, 8);
  await pushModule(reference, wasm, anonymous);
}
process.stdout.write(String((process.resourceUsage().maxRSS - before) * 1024));
