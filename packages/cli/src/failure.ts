import { CommanderError } from 'commander';
import { type ExitName, WasmcastError, exitCodes } from '@wasmcast/core/errors';
import { type Context, wantsColor } from './context.ts';

/** A command that has already said why it ends, and how. */
export class CommandFailed extends Error {
  readonly exit: number;

  constructor(exit: number) {
    super(`exit ${exit}`);
    this.exit = exit;
  }
}

/** Why a command fails, ready to be shown. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly help?: string;
  readonly exit: ExitName;
  /** The step of a rollout that it happened in. */
  readonly step?: string;
  /** Where, when it is a fault of wasmcast itself. */
  readonly stack?: string;
}

/** What went wrong, in the words that users get. After an interrupt everything that is thrown is the interrupt. */
export function toFailure(error: unknown, stop: AbortSignal, step?: string): Failure {
  const inStep = step === undefined ? {} : { step };
  if (error instanceof WasmcastError && !(stop.aborted && error.exit === 'unreachable')) {
    const { code, message, help, exit } = error;
    return { code, message, exit, ...(help !== undefined && { help }), ...inStep };
  }
  if (stop.aborted) {
    return {
      code: 'WC-CLI-130',
      message: 'interrupted',
      exit: 'interrupted',
      help: 'nothing is half written; run the command again to go on',
    };
  }
  return {
    code: 'WC-CLI-000',
    message: `unexpected: ${error instanceof Error ? error.message : String(error)}`,
    help: 'this is a fault of wasmcast itself; please report it with the lines below',
    exit: 'failed',
    ...inStep,
    ...(error instanceof Error && error.stack !== undefined && { stack: error.stack }),
  };
}

/** Ends a command line that failed before its command answered, e.g. because it is wrong. Returns the exit code. */
export async function endUnanswered(error: unknown, json: boolean, context: Context): Promise<number> {
  if (error instanceof CommandFailed) return error.exit;
  const failure = error instanceof CommanderError ? usageFailure(error) : toFailure(error, context.stop);
  const exitCode = exitCodes[failure.exit];
  if (json) {
    const { code, message, help } = failure;
    const version = 1;
    const lines = [
      { type: 'error', version, code, message, ...(help !== undefined && { help }), exitCode },
      { type: 'summary', version, exitCode },
    ];
    for (const line of lines) context.stdout.write(`${JSON.stringify(line)}\n`);
  } else if (!(error instanceof CommanderError)) {
    const { failureLines } = await import('./views/text.ts');
    context.stderr.write(failureLines(failure, wantsColor(context.stderr, context.env)));
  }
  return exitCode;
}

function usageFailure(error: CommanderError): Failure {
  const message = error.message.replace(/^error: /, '');
  return {
    code: 'WC-CLI-002',
    // Without a command commander prints its help, and this stands for it.
    message: error.code === 'commander.help' ? 'no command is given' : message,
    help: 'wasmcast --help shows the commands and their flags',
    exit: 'usage',
  };
}
