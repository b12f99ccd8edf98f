import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Diagnostic, WasmcastError, exitCodes, hasErrors, printable } from '@wasmcast/core';
import { type EnvoyVersion, type ModuleFacts, checkModule, envoyVersions } from '@wasmcast/wasm';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { measureModule } from '../modules/measure-module.ts';
import { factsText } from '../views/facts-text.ts';
import type { View } from '../views/view.ts';

/** Istio's agent refuses more than this; nothing larger is read. */
const maxBytes = 256 * 1024 * 1024;

/** Where `build` leaves the module of a project. */
const builtModule = 'build/filter.wasm';

/** Flags of `check`. */
export interface CheckFlags {
  readonly envoy?: readonly string[];
  readonly config?: string;
}

/** `wasmcast check MODULE…`: what each module is and costs, and every reason why an Envoy would refuse it. */
export async function check(
  files: readonly string[],
  flags: CheckFlags,
  context: Context,
  view: View,
): Promise<void> {
  const versions = flags.envoy?.map(parseVersion);
  const configuration =
    flags.config === undefined ? undefined : await readConfiguration(flags.config, context);
  const { Preflight } = await import('@wasmcast/host');
  await using trials = new Preflight();
  let refused = 0;
  for (const file of files) {
    const found = await checkFile(file, versions, context);
    const measured =
      found.bytes !== undefined && !hasErrors(found.diagnostics)
        ? await measureModule({ bytes: found.bytes, name: file, configuration }, trials, context.stop)
        : undefined;
    const diagnostics = [...found.diagnostics, ...(measured?.diagnostics ?? [])];
    view.answer(
      'module',
      found.facts === undefined
        ? `${view.paint.bold(printable(file))}\n`
        : factsText(file, found.facts, measured?.cost, view.paint),
      {
        file,
        ok: !hasErrors(diagnostics),
        ...(found.facts !== undefined && { facts: found.facts }),
        ...(measured !== undefined && { cost: measured.cost }),
      },
    );
    view.diagnostics(diagnostics);
    if (hasErrors(diagnostics)) refused += 1;
  }
  view.summary({ modules: files.length, refused });
  if (refused > 0) throw new CommandFailed(exitCodes.invalid);
}

interface CheckedFile {
  /** Of a file that could be read. */
  readonly bytes?: Uint8Array;
  readonly facts?: ModuleFacts;
  readonly diagnostics: readonly Diagnostic[];
}

async function checkFile(
  file: string,
  envoy: readonly EnvoyVersion[] | undefined,
  context: Context,
): Promise<CheckedFile> {
  const full = path.resolve(context.cwd, file);
  const info = await stat(full).catch(() => undefined);
  const unreadable = (summary: string, help?: string): CheckedFile => ({
    diagnostics: [
      { severity: 'error', code: 'WC-CLI-040', summary, subject: file, ...(help !== undefined && { help }) },
    ],
  });
  if (info?.isDirectory() === true) return unreadable(`${file} is a folder`, await moduleIn(file, full));
  if (info === undefined || !info.isFile()) return unreadable(`there is no file ${file}`);
  if (info.size > maxBytes)
    return unreadable(`${file} is larger than 256 MiB, the most that Istio's agent takes`);
  const bytes = await readFile(full);
  return { bytes, ...checkModule(bytes, { file, ...(envoy !== undefined && { envoy }) }) };
}

async function readConfiguration(file: string, context: Context): Promise<Uint8Array> {
  try {
    return await readFile(path.resolve(context.cwd, file));
  } catch (cause) {
    throw new WasmcastError('WC-CLI-042', `${file} cannot be read`, {
      exit: 'invalid',
      help: 'check the path of the configuration',
      cause,
    });
  }
}

/** What to check instead of a folder: the module of the filter project that it may be. */
async function moduleIn(folder: string, full: string): Promise<string> {
  if (await isFile(path.join(full, builtModule))) return `its module is ${path.join(folder, builtModule)}`;
  return 'name a module in it; `wasmcast build` makes that of a filter project';
}

function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (info) => info.isFile(),
    () => false,
  );
}

function parseVersion(text: string): EnvoyVersion {
  const version = envoyVersions.find((v) => v === text);
  if (version !== undefined) return version;
  throw new WasmcastError('WC-CLI-041', `Envoy ${text} is not known here`, {
    exit: 'usage',
    help: `known: ${envoyVersions.join(', ')}`,
  });
}
