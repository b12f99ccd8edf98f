import process from 'node:process';
import { exitCodes } from '@wasmcast/core/errors';
import { type Context, processContext } from './context.ts';
import { asksForJson, endUnanswered } from './failure.ts';
import { buildProgram } from './program/program.ts';

/** Runs one command line; returns the exit code. Never throws. */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  const json = asksForJson(argv);
  try {
    await buildProgram(context, json).parseAsync([...argv], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    return await endUnanswered(error, json, context);
  }
}

/** The process: its arguments, its streams, its signals, its exit code. */
export async function main(): Promise<void> {
  process.exitCode = await run(process.argv.slice(2), processContext());
}
