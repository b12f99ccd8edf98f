import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { exitCodes, hasErrors, parseHar, printable, WasmcastError } from '@wasmcast/core';
import { replay, type Difference, type ReplayFinding, type ReplaySide } from '@wasmcast/host/testing';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { largestHar } from '../traffic/har-file.ts';
import type { View } from '../views/view.ts';

/** Flags of `replay`. */
export interface ReplayFlags {
  readonly config?: string;
  readonly newConfig?: string;
}

/** What `replay` compares, as paths. */
export interface ReplayFiles {
  readonly traffic: string;
  readonly before: string;
  readonly after: string;
}

/** `wasmcast replay TRAFFIC BEFORE AFTER`: every difference between two versions of a filter, on recorded traffic. */
export async function replayTraffic(
  files: ReplayFiles,
  flags: ReplayFlags,
  context: Context,
  view: View,
): Promise<void> {
  const text = await read(files.traffic, context);
  if (text.length > largestHar) {
    throw new WasmcastError('WC-HAR-003', `${files.traffic} is larger than ${largestHar / 1024 / 1024} MiB`, {
      exit: 'invalid',
      help: 'record less, or cut it into several files',
    });
  }
  const { exchanges, diagnostics } = parseHar(files.traffic, text.toString('utf8'));
  view.diagnostics(diagnostics);
  if (hasErrors(diagnostics)) throw new CommandFailed(exitCodes.invalid);
  const before = await side(files.before, flags.config, context);
  const after = await side(files.after, flags.newConfig ?? flags.config, context);
  const found: ReplayFinding[] = [];
  const running = (async (): Promise<void> => {
    for await (const finding of replay(exchanges, before, after)) {
      found.push(finding);
      view.answer('difference', findingText(finding, view), finding);
    }
  })();
  await view.during(
    'replay',
    `replaying ${exchanges.length} exchanges`,
    { exchanges: exchanges.length },
    running,
  );
  const different = found.filter(({ index }) => index !== undefined).length;
  const summary = `${different} of ${exchanges.length} exchanges differ`;
  view.answer(
    'replayed',
    `${found.length === 0 ? `no difference in ${exchanges.length} exchanges` : summary}\n`,
    {
      exchanges: exchanges.length,
      different,
    },
  );
  if (found.length > 0) throw new CommandFailed(exitCodes.failed);
}

async function side(module: string, config: string | undefined, context: Context): Promise<ReplaySide> {
  const bytes = new Uint8Array(await read(module, context));
  if (config === undefined) return { module: bytes };
  return { module: bytes, options: { config: new Uint8Array(await read(config, context)) } };
}

async function read(file: string, context: Context): Promise<Buffer> {
  try {
    return await readFile(path.resolve(context.cwd, file));
  } catch (cause) {
    const help = 'check the path';
    throw new WasmcastError('WC-HAR-004', `${file} cannot be read`, { exit: 'invalid', help, cause });
  }
}

function findingText({ index, request, differences }: ReplayFinding, view: View): string {
  const { paint } = view;
  const title =
    request === undefined ? 'metrics at the end' : `#${index} ${request.method} ${printable(request.path)}`;
  const lines = differences.flatMap(({ what, before, after }: Difference) => [
    `  ${what}`,
    ...(before === undefined ? [] : [paint.red(`    - ${clip(before)}`)]),
    ...(after === undefined ? [] : [paint.green(`    + ${clip(after)}`)]),
  ]);
  return `${[paint.bold(title), ...lines].join('\n')}\n`;
}

function clip(text: string): string {
  const shown = text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
  return printable(shown);
}
