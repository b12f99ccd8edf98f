import process from 'node:process';
import { exitCodes } from '@wasmcast/core/errors';
import { type Context, processContext } from './context.ts';
import { reportFailure } from './failure.ts';
import { buildProgram } from './program/program.ts';

/** Runs one command line; returns the exit code. Never throws. */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  try {
    await buildProgram(context).parseAsync([...argv], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    return reportFailure(error, argv, context);
  }
}

/** The process: its arguments, its streams, its signals, its exit code. */
export async function main(): Promise<void> {
  // Deadlines (AbortSignal.timeout) do not keep a process alive: without this, one that only waits for a deadline would
  // end before it, silently.
  const alive = setInterval(() => undefined, 60_000);
  process.exitCode = await run(process.argv.slice(2), processContext());
  clearInterval(alive);
}
