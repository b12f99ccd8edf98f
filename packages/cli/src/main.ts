import process from 'node:process';
import { CommanderError } from 'commander';
import { type Context, processContext } from './context.ts';
import { buildProgram } from './program/program.ts';

// Whatever is imported here is paid for by every command, `--help` too: bench/help.ts measures it.

/** Runs one command line; returns the exit code. Never throws. */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  const json = asksForJson(argv);
  try {
    await buildProgram(context, json).parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    // Help and version are no failures; commander has written their text.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const { endUnanswered } = await import('./failure.ts');
    return await endUnanswered(error, json, context);
  }
}

/** Looked at before parsing: also a wrong command line is answered in the form that was asked for. */
function asksForJson(argv: readonly string[]): boolean {
  return argv.some(
    (arg, index) =>
      arg === '-ojson' ||
      arg === '--output=json' ||
      ((arg === '-o' || arg === '--output') && argv[index + 1] === 'json'),
  );
}

/** The process: its arguments, its streams, its signals, its exit code. */
export async function main(): Promise<void> {
  process.exitCode = await run(process.argv.slice(2), processContext());
}
