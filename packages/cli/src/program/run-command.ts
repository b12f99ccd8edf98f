import type { Command } from 'commander';
import { exitCodes } from '@wasmcast/core/errors';
import type { Context } from '../context.ts';
import { CommandFailed, toFailure } from '../failure.ts';
import type { View } from '../views/view.ts';
import type { Flags } from './flags.ts';

/**
 * Runs a command: reads its flags and those before it, chooses the view, and shows how it ends, in the form that was
 * asked for. Throws `CommandFailed` with the exit code when it ends badly. The JSON answer of a command is events, or
 * one `document`.
 */
export async function runCommand(
  command: Command,
  context: Context,
  body: (flags: Flags, view: View) => Promise<void>,
  shape: 'events' | 'document' = 'events',
): Promise<void> {
  const flags = command.optsWithGlobals<Flags>();
  // Loaded here, not at the top: `--help` and a mistyped flag need neither the view nor what it draws in.
  const { createView } = await import('../views/view.ts');
  const view = createView(context, flags.output, shape);
  let exit: number = exitCodes.ok;
  try {
    await body(flags, view);
  } catch (error) {
    if (error instanceof CommandFailed) exit = error.exit;
    else {
      const failure = toFailure(error, context.stop);
      view.failure(failure);
      exit = exitCodes[failure.exit];
    }
  }
  view.end(command.name(), exit);
  if (exit !== exitCodes.ok) throw new CommandFailed(exit);
}
