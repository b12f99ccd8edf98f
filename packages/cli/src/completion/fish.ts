import type { FlagWord, ProgramWords } from './command-words.ts';

/** A script for fish 3 and newer. */
export function fishScript({ name, commands, flags }: ProgramWords): string {
  const seen = `__fish_seen_subcommand_from ${commands.map((command) => command.name).join(' ')}`;
  return [
    `# fish completion of ${name}: ${name} completion fish | source`,
    ...commands.map(
      (command) =>
        `complete -c ${name} -f -n 'not ${seen}' -a ${command.name} -d ${quoted(command.description)}`,
    ),
    ...flags.map((flag) => `complete -c ${name} ${flagText(flag)}`),
    ...commands.flatMap((command) =>
      command.flags.map(
        (flag) => `complete -c ${name} -n '__fish_seen_subcommand_from ${command.name}' ${flagText(flag)}`,
      ),
    ),
    '',
  ].join('\n');
}

function flagText({ names, description, value }: FlagWord): string {
  const spelled = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  return `${spelled.join(' ')}${valueText(value)} -d ${quoted(description)}`;
}

function valueText(value: FlagWord['value']): string {
  if (typeof value !== 'string') return ` -x -a '${value.join(' ')}'`;
  return { none: '', file: ' -r -F', other: ' -x' }[value];
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
