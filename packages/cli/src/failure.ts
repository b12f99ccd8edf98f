import { CommanderError } from 'commander';
import { WasmcastError, exitCodes } from '@wasmcast/core/errors';
import { type Context, wantsColor } from './context.ts';
import { failureLines } from './views/text.ts';

/** A command that has already said why it ends, and how. */
export class CommandFailed extends Error {
  readonly exit: number;

  constructor(exit: number) {
    super(`exit ${exit}`);
    this.exit = exit;
  }
}

/** Says what went wrong, in the form that was asked for, and returns the exit code. */
export function reportFailure(error: unknown, argv: readonly string[], context: Context): number {
  if (error instanceof CommandFailed) return error.exit;
  if (error instanceof CommanderError) {
    // commander has written its text; help and version are no failures.
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  const failure = toFailure(error, context);
  if (asksForJson(argv)) {
    const { code, message, help, exit } = failure;
    const event = {
      type: 'error',
      version: 1,
      code,
      message,
      ...(help !== undefined && { help }),
      exitCode: exitCodes[exit],
    };
    context.stdout.write(`${JSON.stringify(event)}\n`);
  } else {
    const debug = error instanceof WasmcastError || error === undefined ? undefined : error;
    context.stderr.write(failureLines(failure, debug, wantsColor(context.stderr, context.env)));
  }
  return exitCodes[failure.exit];
}

function toFailure(error: unknown, context: Context): WasmcastError {
  if (error instanceof WasmcastError) return error;
  if (context.signal.aborted) {
    return new WasmcastError('WC-CLI-130', 'interrupted', {
      exit: 'interrupted',
      help: 'nothing is half written; run the command again to go on',
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new WasmcastError('WC-CLI-000', `unexpected: ${message}`, {
    help: 'this is a fault of wasmcast itself; the lines below tell where',
    cause: error,
  });
}

/** Looked at before parsing: also a wrong command line is answered in the form that was asked for. */
export function asksForJson(argv: readonly string[]): boolean {
  return argv.some(
    (arg, index) =>
      arg === '-ojson' ||
      arg === '--output=json' ||
      ((arg === '-o' || arg === '--output') && argv[index + 1] === 'json'),
  );
}
