/**
 * `wasmcast --help` against `node -e 0`: what a command costs before it does anything. The command is the one that is
 * published: packed, and installed in a folder outside of the checkout. Goal: at most twice as long.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { installWasmcast } from './installed.ts';
import { compare, spreadText } from './rounds.ts';

const goal = 2;
const run = promisify(execFile);

/** Milliseconds of wall time that a process of Node takes from its start to its end. */
async function timed(args: readonly string[], cwd: string): Promise<number> {
  const began = performance.now();
  await run(process.execPath, [...args], { cwd });
  return performance.now() - began;
}

const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-bench-'));
try {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  say('packing and installing ...');
  const bin = await installWasmcast(folder);
  const result = await compare(
    { name: 'wasmcast --help', run: () => timed([bin, '--help'], folder) },
    { name: 'node -e 0', run: () => timed(['-e', '0'], folder) },
    { rounds: 7, runs: 10 },
    (round, ratio) => say(`round ${round}: ${ratio.toFixed(2)}`),
  );
  say(`wasmcast --help  ${spreadText(result.a)} ms`);
  say(`node -e 0        ${spreadText(result.b)} ms`);
  say(`ratio            ${spreadText(result.ratio, 2)}, goal: at most ${goal}`);
  if (result.ratio.median > goal) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
