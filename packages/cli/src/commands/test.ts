import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { exitCodes } from '@wasmcast/core';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import type { View } from '../views/view.ts';
import { buildModule } from './build.ts';

/** `wasmcast test [FOLDER]`: builds the module, then runs the project's tests with Node's own runner. */
export async function test(folder: string, context: Context, view: View): Promise<void> {
  const built = await buildModule(folder, {}, context, view);
  view.progress('built', `built ${built.file}`, built);
  const json = view.format === 'json';
  const child = spawn(process.execPath, ['--test', `--test-reporter=${json ? 'tap' : 'spec'}`], {
    cwd: path.resolve(context.cwd, folder),
    env: { ...context.env, NODE_TEST_CONTEXT: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: context.stop,
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const counts: Record<string, number> = {};
  const reading = json
    ? readTap(child.stdout, counts, view)
    : child.stdout.forEach((chunk: Buffer) => context.stdout.write(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => context.stderr.write(chunk.toString()));
  const [[code]] = await Promise.all([closed, reading]);
  view.summary(counts);
  if (code !== 0) throw new CommandFailed(exitCodes.failed);
}

/** The runner's report as events, and its closing counts (`# pass 3`). */
async function readTap(
  stream: NodeJS.ReadableStream,
  counts: Record<string, number>,
  view: View,
): Promise<void> {
  for await (const line of createInterface({ input: stream })) {
    const [, name, number] = /^# (tests|pass|fail|cancelled|skipped|todo) (\d+)$/.exec(line) ?? [];
    if (name !== undefined) counts[name] = Number(number);
    view.answer('output', '', { line });
  }
}
