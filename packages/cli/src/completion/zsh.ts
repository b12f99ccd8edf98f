import type { FlagWord, ProgramWords } from './command-words.ts';

/** A script for zsh: to be sourced after `compinit`, or to be put as `_wasmcast` into a folder of `fpath`. */
export function zshScript({ name, commands, flags }: ProgramWords): string {
  const own = commands
    .filter((command) => command.flags.length > 0)
    .map((command) => `    ${command.name}) flags+=(${described(command.flags)}) ;;`);
  const values = valueCases([...flags, ...commands.flatMap((command) => command.flags)]);
  return `#compdef ${name}
_${name}() {
  local -a commands flags
  local command='' word
  commands=(${commands.map((command) => pair(command.name, command.description)).join(' ')})
  flags=(${described(flags)})
  for word in \${words[2,CURRENT-1]}; do
    case $word in
    ${commands.map((command) => command.name).join('|')}) command=$word; break ;;
    esac
  done
  case \${words[CURRENT-1]} in
${values.join('\n')}
  esac
  case $command in
${own.join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o flag flags
  elif [[ -z $command ]]; then
    _describe command commands
  else
    _files
  fi
}
if [[ \${funcstack[1]} == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

/** What completes behind a flag that takes a value: its words, files, or nothing. */
function valueCases(flags: readonly FlagWord[]): readonly string[] {
  const byReply = Map.groupBy(
    flags.filter(({ value }) => value !== 'none'),
    ({ value }) => {
      if (value === 'file') return '_files; ';
      return typeof value === 'string' ? '' : `compadd ${value.join(' ')}; `;
    },
  );
  return [...byReply].map(
    ([reply, of]) => `    ${[...new Set(of.flatMap(({ names }) => names))].join('|')}) ${reply}return ;;`,
  );
}

function described(flags: readonly FlagWord[]): string {
  return flags.flatMap(({ names, description }) => names.map((name) => pair(name, description))).join(' ');
}

/** `'name:what it is'`. */
function pair(name: string, description: string): string {
  return `'${`${name}:${description}`.replaceAll("'", String.raw`'\''`)}'`;
}
