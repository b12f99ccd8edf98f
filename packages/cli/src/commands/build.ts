import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { exitCodes } from '@wasmcast/core';
import {
  type BuildInput,
  type BuildMode,
  type BuildStats,
  type CompilerProcess,
  type FilterProject,
  buildFilter,
} from '@wasmcast/wasm';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { sdkFolders } from '../modules/sdk-folders.ts';
import { shownPath, withShownPath } from '../shown-path.ts';
import { size as sizeText } from '../views/text.ts';
import type { View } from '../views/view.ts';

/** Flags of `build`. */
export interface BuildFlags {
  readonly debug?: boolean;
  readonly out?: string;
  readonly watch?: boolean;
  readonly abi?: FilterProject['abi'];
}

/** A module that was built. */
export interface BuiltModule extends BuildStats {
  /** As the user would name it: relative to the working folder where that is shorter. */
  readonly file: string;
  readonly mode: BuildMode;
}

/** What a build gave, whose faults have been shown; without a module it failed. */
export interface Built {
  readonly module?: BuiltModule;
  readonly inputs: readonly BuildInput[];
}

/**
 * `wasmcast build [FOLDER]`: compiles the project; faults point at the filter's own lines. Prints the module's path. With `--watch`
 * again after each change, until interrupted.
 */
export async function build(folder: string, flags: BuildFlags, context: Context, view: View): Promise<void> {
  const once = async (compiler?: CompilerProcess): Promise<Built> => {
    const built = await tryBuild(folder, flags, context, view, compiler);
    if (built.module === undefined) return built;
    const { file, size, milliseconds } = built.module;
    view.progress('built', `${sizeText(size)} in ${Math.round(milliseconds)} ms`, {});
    view.answer('module', `${file}\n`, built.module);
    return built;
  };
  if (flags.watch === true) {
    const { watchProject } = await import('./watch-project.ts');
    await watchProject(path.resolve(context.cwd, folder), once, context, view);
  } else if ((await once()).module === undefined) throw new CommandFailed(exitCodes.invalid);
}

/** Compiles a project and puts the module where it belongs; ends the command (65) if it does not compile. */
export async function buildModule(
  folder: string,
  flags: BuildFlags,
  context: Context,
  view: View,
): Promise<BuiltModule> {
  const { module } = await tryBuild(folder, flags, context, view);
  if (module === undefined) throw new CommandFailed(exitCodes.invalid);
  return module;
}

async function tryBuild(
  folder: string,
  flags: BuildFlags,
  context: Context,
  view: View,
  compiler?: CompilerProcess,
): Promise<Built> {
  const root = path.resolve(context.cwd, folder);
  const mode: BuildMode = flags.debug === true ? 'debug' : 'release';
  const onProgress = ({ stage }: { readonly stage: string }): void =>
    view.progress('build', `${stage} ...`, { stage });
  const { abi } = flags;
  const project = { root, mode, ...(abi !== undefined && { abi }), resolveFrom: sdkFolders(), onProgress };
  const result = await view.waiting('building', buildFilter(project, context.stop, compiler));
  view.diagnostics(result.diagnostics.map((diagnostic) => withShownPath(diagnostic, context.cwd)));
  const { inputs } = result;
  if (result.kind === 'failed') return { inputs };
  const out =
    flags.out === undefined ? path.join(root, 'build/filter.wasm') : path.resolve(context.cwd, flags.out);
  await mkdir(path.dirname(out), { recursive: true });
  await replaceFile(out, result.wasm);
  if (result.sourceMap !== undefined) await replaceFile(`${out}.map`, result.sourceMap);
  return { module: { file: shownPath(out, context.cwd), mode, ...result.stats }, inputs };
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
