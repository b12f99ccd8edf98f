/** One challenge of a WWW-Authenticate header (RFC 9110, 11.6.1): the scheme and its parameters' names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;

/** Reads all challenges of all headers; what cannot be read ends the reading of that header. */
export function parseChallenges(headers: readonly string[]): readonly Challenge[] {
  return headers.flatMap((header) => (header.length > 8192 ? [] : parseOne(header)));
}

function parseOne(text: string): Challenge[] {
  const result: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const skip = (pattern: RegExp): void => {
    at += (pattern.exec(text.slice(at))?.[0] ?? '').length;
  };
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  while (at < text.length) {
    skip(/^[\s,]*/);
    const word = take(token)?.[0];
    if (word === undefined) return result;
    skip(/^\s*/);
    const current = result.at(-1);
    if (text[at] === '=' && current !== undefined) {
      at += 1;
      skip(/^\s*/);
      const value = take(quoted)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? take(token)?.[0];
      if (value === undefined) return result;
      const name = word.toLowerCase();
      // The first one counts: a second realm must not replace the one that was checked.
      if (!current.parameters.has(name)) current.parameters.set(name, value);
    } else result.push({ scheme: word.toLowerCase(), parameters: new Map() });
  }
  return result;
}
