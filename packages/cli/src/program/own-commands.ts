import { Argument, type Command } from 'commander';
import type { Shell } from '../commands/completion.ts';
import type { Context } from '../context.ts';
import { examples, runCommand } from './flags.ts';

/** The commands about the program itself. */
export function addOwnCommands(program: Command, context: Context): void {
  program.commandsGroup('This program:');
  program
    .command('version')
    .description('print the versions of wasmcast, Node and V8, and the Envoys that it knows')
    .addHelpText('after', examples(['wasmcast version', 'wasmcast version -o json']))
    .action(async (_options: object, command: Command) => {
      const { version } = await import('../commands/version.ts');
      await runCommand(command, context, (_flags, view) => version(view));
    });
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell that shall complete').choices(['bash', 'zsh', 'fish']))
    .description('print a script that makes a shell complete the commands and flags')
    .addHelpText(
      'after',
      examples(['source <(wasmcast completion bash)', 'wasmcast completion fish | source']),
    )
    .action(async (shell: Shell, _options: object, command: Command) => {
      const { completion } = await import('../commands/completion.ts');
      await runCommand(command, context, (_flags, view) => completion(shell, program, view));
    });
}
