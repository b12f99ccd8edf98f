import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { type Diagnostic, exitCodes, hasErrors, parseCases } from '@wasmcast/core';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { type DeclaredTests, runner, variable } from '../modules/declared-tests.ts';
import { shownPath } from '../shown-path.ts';
import type { View } from '../views/view.ts';
import { buildModule } from './build.ts';

/** Flags of `test`. */
export interface TestFlags {
  readonly module?: string;
}

/** What Node's runner looks for by itself, of the languages that a project has. */
const ownTests = [
  '**/*{.,-,_}test.?(c|m)[jt]s',
  '**/test-*.?(c|m)[jt]s',
  '**/test.?(c|m)[jt]s',
  '**/test/**/*.?(c|m)[jt]s',
];
const declaredTests = '**/*.test.{yaml,yml}';

/**
 * `wasmcast test [FOLDER]`: builds the module, then runs the project's tests with Node's own runner, and those that are declared in
 * `*.test.yaml`. With `--module` nothing is built: for filters of other languages.
 */
export async function test(folder: string, flags: TestFlags, context: Context, view: View): Promise<void> {
  const root = path.resolve(context.cwd, folder);
  const declared = await find([declaredTests], root);
  await checkDeclared(declared, context, view);
  const module = await moduleOf(folder, flags, context, view);
  const json = view.format === 'json';
  // Without declared tests the runner looks for itself, and says so if there are none.
  const files = declared.length === 0 ? [] : [...(await find(ownTests, root)), runner];
  const tests: DeclaredTests = { module, files: declared };
  const child = spawn(process.execPath, ['--test', `--test-reporter=${json ? 'tap' : 'spec'}`, ...files], {
    cwd: root,
    env: { ...context.env, NODE_TEST_CONTEXT: undefined, [variable]: JSON.stringify(tests) },
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

async function moduleOf(folder: string, flags: TestFlags, context: Context, view: View): Promise<string> {
  if (flags.module !== undefined) return path.resolve(context.cwd, flags.module);
  const built = await buildModule(folder, {}, context, view);
  view.progress('built', `built ${built.file}`, built);
  return path.resolve(context.cwd, built.file);
}

/** Files below a folder, absolute and in order. */
async function find(patterns: readonly string[], root: string): Promise<string[]> {
  const exclude = (name: string): boolean => path.basename(name) === 'node_modules';
  const found: string[] = [];
  for await (const file of glob(patterns, { cwd: root, exclude })) found.push(path.join(root, file));
  return found.toSorted();
}

/** Shows the faults of all files before any test runs; ends the command (65) if there are errors. */
async function checkDeclared(files: readonly string[], context: Context, view: View): Promise<void> {
  const diagnostics: Diagnostic[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    diagnostics.push(...parseCases({ file: shownPath(file, context.cwd), text }).diagnostics);
  }
  view.diagnostics(diagnostics);
  if (hasErrors(diagnostics)) throw new CommandFailed(exitCodes.invalid);
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
