import path from 'node:path';
import { WasmcastError, exitCodes } from '@wasmcast/core';
import { type BuildInput, CompilerProcess, stampOf } from '@wasmcast/wasm';
import type { Context } from '../context.ts';
import { CommandFailed, toFailure } from '../failure.ts';
import { FileChanges } from '../modules/file-changes.ts';
import { shownPath } from '../shown-path.ts';
import type { View } from '../views/view.ts';
import type { Built } from './build.ts';

/**
 * Builds whenever a file has changed that the compiler asked for, by a compiler that is kept, until interrupted. What does not
 * compile is shown and waited for; what is no project ends the command (65).
 */
export async function watchProject(
  root: string,
  build: (compiler: CompilerProcess) => Promise<Built>,
  context: Context,
  view: View,
): Promise<void> {
  const { stop, cwd } = context;
  await using compiler = new CompilerProcess();
  using changes = new FileChanges();
  let inputs: readonly BuildInput[] | undefined;
  do {
    const { module, inputs: asked } = await buildOrTell(() => build(compiler), inputs, context, view);
    if (stop.aborted) return;
    if (inputs === undefined && !asked.some(({ stamp }) => stamp !== undefined))
      throw new CommandFailed(exitCodes.invalid);
    inputs = asked;
    view.progress('watching', 'waiting for a change; press Ctrl-C to stop', { built: module !== undefined });
    const changed = await changes.next(inputs, stop);
    if (stop.aborted) return;
    const files = changed.map((file) => shownPath(file, cwd));
    view.progress('changed', `changed: ${files.join(', ')}`, { files });
    // A package may bring code of the compiler itself, such as the SDK's transform, which a process loads once.
    if (changed.some((file) => isOutside(file, root))) await compiler[Symbol.asyncDispose]();
  } while (!stop.aborted);
}

/** A compiler that crashes over a source is a fault like others once there is something to wait for. */
async function buildOrTell(
  build: () => Promise<Built>,
  before: readonly BuildInput[] | undefined,
  { stop }: Context,
  view: View,
): Promise<Built> {
  const now = before?.map(({ path: file }) => inputOf(file));
  try {
    return await build();
  } catch (error) {
    if (stop.aborted) return { inputs: [] };
    if (now === undefined || !(error instanceof WasmcastError)) throw error;
    view.failure(toFailure(error, stop));
    return { inputs: now };
  }
}

function inputOf(file: string): BuildInput {
  const stamp = stampOf(file);
  return stamp === undefined ? { path: file } : { path: file, stamp };
}

function isOutside(file: string, root: string): boolean {
  const [first] = path.relative(root, file).split(path.sep);
  return first === '..' || first === 'node_modules';
}
