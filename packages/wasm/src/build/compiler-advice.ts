import { isBuiltin } from 'node:module';

/** What to do about a fault of the compiler whose own words do not say so. */
interface Advice {
  /** In the compiler's message, with names shortened. */
  readonly message: RegExp;
  /** In the source, from where the compiler points to. */
  readonly source?: RegExp;
  readonly help: string;
}

/** What people expect who come from TypeScript, and from other SDKs; the first that fits is told. */
const table: readonly Advice[] = [
  {
    message: /closure/i,
    help: 'AssemblyScript has no closures: keep the value in a field of the context class or in a global',
  },
  {
    message: /Not implemented: Exceptions/,
    help: 'AssemblyScript has no exceptions: what can fail answers a Status or null, so ask for that',
  },
  {
    message: /Not implemented: Regular expressions/,
    help: 'AssemblyScript has none: use startsWith, includes, indexOf or split, or a PathPattern',
  },
  { message: /Not implemented: Iterators/, help: 'count instead: for (let i = 0; i < list.length; i++)' },
  { message: /Not implemented: Spread/, help: 'use list.slice(), list.concat(other) or list.push(value)' },
  {
    message: /Not implemented: union types/,
    help: 'a value has one type; only a class, string or array can be `| null` as well',
  },
  { message: /Cannot find name 'undefined'/, help: 'there is only null: what is not there is null' },
  {
    message: /Cannot find name 'JSON'/,
    help: 'use parseJson(text), a JsonWriter, or this.configuration.typed<C>()',
  },
  {
    message: /Cannot find name '(fetch|XMLHttpRequest)'/,
    help: 'a callout is a class that extends HttpCall, whose onResponse is called later',
  },
  {
    message: /Cannot find name 'set(Timeout|Interval|Immediate)'/,
    help: 'a plugin has a timer: this.setTickPeriod(milliseconds), and onTick()',
  },
  {
    message: /Cannot find name '(Buffer|require|global|window|document)'/,
    help: '$1 belongs to Node or a browser: a filter runs in the proxy, and has what the proxy gives it',
  },
  {
    message: /Cannot find name '(any|unknown)'/,
    help: 'every value has a type of its own: i32, f64, bool, string, a class',
  },
  {
    message: /^Type '(.+) \| null' is not assignable to type '\1'/,
    help: 'ask first: if (value !== null). A field has to be put into a const before, as it could change in between',
  },
  {
    message: /^Type '(?:[iu](?:8|16|32|64)|[iu]size|f32|f64|bool)' is not assignable to type 'string'/,
    help: 'write value.toString()',
  },
  { message: /^Conversion from type '.+' to '(\w+)' requires/, help: 'write <$1>value where that is meant' },
  {
    message: /^Type '<object>' is not assignable/,
    help: 'an object needs a class: declare one, and make it with `new`',
  },
  { message: /is not assignable to type '\(\) => Plugin'/, help: 'write () => new MyPlugin()' },
  {
    message: /^Property '(StopIteration\w*|ActionPause|ActionContinue)' does not exist/,
    help: 'here they are called Pause and Continue, and Buffer for bodies',
  },
  {
    message: /expected/,
    source: /^(?:async|await)\b/,
    help: 'nothing is awaited: a callout is a class that extends HttpCall, whose onResponse is called later',
  },
  {
    message: /expected/,
    source: /^\.\w/,
    help: 'AssemblyScript has no `?.`: ask whether the value is null',
  },
  {
    message: /expected/,
    source: /^(?:const|let|var)\s*[{[]/,
    help: 'AssemblyScript takes nothing apart: read each field by its name',
  },
];

/**
 * What to do about a fault; undefined when the compiler's own words suffice. `message` has its names shortened, `source` is the text
 * from where the compiler points to.
 */
export function adviceFor(code: number, message: string, source: string): string | undefined {
  // File not found.
  if (code === 6054) return adviceForImport(message);
  for (const advice of table) {
    const found = advice.message.exec(message);
    if (found === null || advice.source?.test(source) === false) continue;
    return advice.help.replace('$1', found[1] ?? '');
  }
  return undefined;
}

function adviceForImport(message: string): string {
  const wanted = /'~lib\/((?:@[^/']+\/)?[^/']+)/.exec(message)?.[1]?.replace(/\.ts$/, '');
  if (wanted === undefined)
    return 'check the path of the import: it is relative to this file and has no extension';
  if (isBuiltin(wanted))
    return `${wanted} belongs to Node: a filter runs in the proxy, and has what the proxy gives it`;
  return `install the package in the project (npm install ${wanted}), or check its path`;
}

/** Names as the user writes them: the compiler gives each with its file. */
export function withShortNames(message: string): string {
  return message
    .replaceAll('~lib/string/String', 'string')
    .replaceAll(/(?:~lib\/)?(?:[\w@.-]+\/)+([A-Za-z_]\w*)(?=[<>,'| )]|$)/g, '$1');
}
