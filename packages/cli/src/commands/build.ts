import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { exitCodes } from '@wasmcast/core';
import { type BuildMode, type BuildStats, type FilterProject, buildFilter } from '@wasmcast/wasm';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { sdkFolders } from '../modules/sdk-folders.ts';
import { shownPath, withShownPath } from '../shown-path.ts';
import { size } from '../views/text.ts';
import type { View } from '../views/view.ts';

/** Flags of `build`. */
export interface BuildFlags {
  readonly debug?: boolean;
  readonly out?: string;
  readonly abi?: FilterProject['abi'];
}

/** A module that was built. */
export interface BuiltModule extends BuildStats {
  /** As the user would name it: relative to the working folder where that is shorter. */
  readonly file: string;
  readonly mode: BuildMode;
}

/** `wasmcast build [FOLDER]`: compiles the project; faults point at the filter's own lines. Prints the module's path. */
export async function build(folder: string, flags: BuildFlags, context: Context, view: View): Promise<void> {
  const built = await buildModule(folder, flags, context, view);
  view.progress('built', `${size(built.size)} in ${Math.round(built.milliseconds)} ms`, {});
  view.answer('module', `${built.file}\n`, built);
}

/** Compiles a project and puts the module where it belongs; shows the faults and ends the command (65) if it does not compile. */
export async function buildModule(
  folder: string,
  flags: BuildFlags,
  context: Context,
  view: View,
): Promise<BuiltModule> {
  const root = path.resolve(context.cwd, folder);
  const mode: BuildMode = flags.debug === true ? 'debug' : 'release';
  const onProgress = ({ stage }: { readonly stage: string }): void =>
    view.progress('build', `${stage} ...`, { stage });
  const result = await view.waiting(
    'building',
    buildFilter(
      {
        root,
        mode,
        ...(flags.abi !== undefined && { abi: flags.abi }),
        resolveFrom: sdkFolders(),
        onProgress,
      },
      context.stop,
    ),
  );
  view.diagnostics(result.diagnostics.map((diagnostic) => withShownPath(diagnostic, context.cwd)));
  if (result.kind === 'failed') throw new CommandFailed(exitCodes.invalid);
  const out =
    flags.out === undefined ? path.join(root, 'build/filter.wasm') : path.resolve(context.cwd, flags.out);
  await mkdir(path.dirname(out), { recursive: true });
  await replaceFile(out, result.wasm);
  if (result.sourceMap !== undefined) await replaceFile(`${out}.map`, result.sourceMap);
  return { file: shownPath(out, context.cwd), mode, ...result.stats };
}

/** Whole or not at all: a reader never meets half a module, and two builds at once do not mix theirs. */
async function replaceFile(file: string, content: Uint8Array | string): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  try {
    await writeFile(partial, content);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
