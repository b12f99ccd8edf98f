import type { Located } from '../yaml/located.ts';

const shown = 60;

/** A value in a sentence: `the number 8`, `a list`, `nothing`. */
export function describe(node: Located): string {
  const { value } = node;
  if (node.items !== undefined) return 'a list';
  if (node.members !== undefined) return 'a mapping';
  if (value === null) return node.plain === undefined || node.plain === '' ? 'nothing' : `\`${node.plain}\``;
  if (typeof value === 'string') return `the text ${quote(value)}`;
  return `${typeof value === 'number' ? 'the number' : 'the truth value'} ${writtenAs(node)}`;
}

/** A scalar as it is written, cut when it is long. */
export function writtenAs(node: Located): string {
  const text = node.plain ?? JSON.stringify(node.value);
  return text.length > shown ? `${text.slice(0, shown)}…` : text;
}

/** A text in quotes, cut when it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > shown ? `${text.slice(0, shown)}…` : text);
}

/** The last part of a path that a reader recognises: `name`, `chain[1]`, `env.DEBUG`. */
export function keyText(path: readonly PropertyKey[]): string {
  const last = path.at(-1);
  if (last === undefined) return 'the document';
  const beforeLast = path.at(-2);
  return typeof last === 'number' && beforeLast !== undefined
    ? `\`${String(beforeLast)}[${last}]\``
    : `\`${String(last)}\``;
}
