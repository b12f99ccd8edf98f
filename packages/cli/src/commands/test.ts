import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { exitCodes } from '@wasmcast/core';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import type { View } from '../views/view.ts';
import { build } from './build.ts';

/** `wasmcast test [FOLDER]`: builds the module, then runs the project's tests with Node's own runner. */
export async function test(folder: string, context: Context, view: View): Promise<void> {
  await build(folder, {}, { ...context, stdout: context.stderr }, view);
  const child = spawn(process.execPath, ['--test'], {
    cwd: path.resolve(context.cwd, folder),
    env: { ...context.env, NODE_TEST_CONTEXT: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: context.signal,
  });
  child.stdout.on('data', (chunk: Buffer) => context.stdout.write(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => context.stderr.write(chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new CommandFailed(exitCodes.failed);
}
