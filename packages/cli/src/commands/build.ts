import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exitCodes } from '@wasmcast/core';
import { type BuildMode, buildFilter } from '@wasmcast/wasm';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { sdkFolders } from '../modules/sdk-folders.ts';
import { size } from '../views/text.ts';
import type { View } from '../views/view.ts';

/** Flags of `build`. */
export interface BuildFlags {
  readonly debug?: boolean;
  readonly out?: string;
}

/** `wasmcast build [FOLDER]`: compiles the project; faults point at the filter's own lines. Prints the module's path. */
export async function build(folder: string, flags: BuildFlags, context: Context, view: View): Promise<void> {
  const root = path.resolve(context.cwd, folder);
  const mode: BuildMode = flags.debug === true ? 'debug' : 'release';
  const result = await buildFilter(
    {
      root,
      mode,
      resolveFrom: sdkFolders(),
      onProgress: ({ stage }) => view.progress('build', `${stage} ...`, { stage }),
    },
    context.signal,
  );
  view.diagnostics(result.diagnostics);
  if (result.kind === 'failed') throw new CommandFailed(exitCodes.invalid);
  const out =
    flags.out === undefined ? path.join(root, 'build/filter.wasm') : path.resolve(context.cwd, flags.out);
  await mkdir(path.dirname(out), { recursive: true });
  await replaceFile(out, result.wasm);
  if (result.sourceMap !== undefined) await replaceFile(`${out}.map`, result.sourceMap);
  view.progress('built', `${size(result.stats.size)} in ${Math.round(result.stats.milliseconds)} ms`, {});
  const relative = path.relative(context.cwd, out);
  const shown = relative.startsWith('..') ? out : relative;
  view.answer('module', `${shown}\n`, { file: shown, mode, ...result.stats });
}

/** Whole or not at all: a reader never meets half a module. */
async function replaceFile(file: string, content: Uint8Array | string): Promise<void> {
  const partial = `${file}.partial`;
  await writeFile(partial, content);
  await rename(partial, file);
}
