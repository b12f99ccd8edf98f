import type { Command, Option } from 'commander';

/** A flag as a shell completes it. */
export interface FlagWord {
  /** `-o`, `--output`. */
  readonly names: readonly string[];
  readonly description: string;
  /** What stands behind it. Anything else than these shells cannot guess. */
  readonly value: 'none' | 'file' | 'other' | readonly string[];
}

/** A command as a shell completes it. */
export interface CommandWord {
  readonly name: string;
  readonly description: string;
  /** Its own; those of every command are not among them. */
  readonly flags: readonly FlagWord[];
}

/** Everything that a shell has to know of the command line. */
export interface ProgramWords {
  readonly name: string;
  readonly commands: readonly CommandWord[];
  /** Understood before and after every command. */
  readonly flags: readonly FlagWord[];
}

/** Reads the words off the program itself, so that what completes is what there is. */
export function programWords(program: Command): ProgramWords {
  const help = program.createHelp();
  return {
    name: program.name(),
    commands: help.visibleCommands(program).map((command) => ({
      name: command.name(),
      description: command.description(),
      flags: command.options.map(flagWord),
    })),
    flags: help.visibleOptions(program).map(flagWord),
  };
}

function flagWord({ short, long, description, required, argChoices, flags }: Option): FlagWord {
  const names = [short, long].filter((name) => name !== undefined);
  if (!required) return { names, description, value: 'none' };
  return { names, description, value: argChoices ?? (/<(file|folder)>/.test(flags) ? 'file' : 'other') };
}
