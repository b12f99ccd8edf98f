import type { FlagWord, ProgramWords } from './command-words.ts';

/** A script for bash 3.2 and newer. Where it has no words, bash completes the names of files. */
export function bashScript({ name, commands, flags }: ProgramWords): string {
  const names = commands.map((command) => command.name);
  const own = commands
    .filter((command) => command.flags.length > 0)
    .map((command) => `    ${command.name}) flags="$flags ${flagNames(command.flags)}" ;;`);
  const values = valueCases([...flags, ...commands.flatMap((command) => command.flags)]);
  return `# bash completion of ${name}: source <(${name} completion bash)
_${name}() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" command='' flags='${flagNames(flags)}' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
    ${names.join('|')}) command="\${COMP_WORDS[i]}"; break ;;
    esac
  done
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
  esac
  case "$command" in
${own.join('\n')}
  esac
  if [[ "$cur" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -z "$command" ]]; then
    COMPREPLY=($(compgen -W '${names.join(' ')}' -- "$cur"))
  fi
}
complete -o bashdefault -o default -F _${name} ${name}
`;
}

/** What completes behind a flag that takes a value: its words, or whatever bash thinks of. */
function valueCases(flags: readonly FlagWord[]): readonly string[] {
  const byReply = Map.groupBy(
    flags.filter(({ value }) => value !== 'none'),
    ({ value }) =>
      typeof value === 'string' ? '' : `COMPREPLY=($(compgen -W '${value.join(' ')}' -- "$cur")); `,
  );
  return [...byReply].map(([reply, of]) => `    ${flagNames(of).replaceAll(' ', '|')}) ${reply}return ;;`);
}

function flagNames(flags: readonly FlagWord[]): string {
  return [...new Set(flags.flatMap(({ names }) => names))].join(' ');
}
