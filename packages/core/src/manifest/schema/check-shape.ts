import type { z } from 'zod';
import { manifestCodes } from '../codes.ts';
import { errorAt, errorAtKey, type Finding, type Report } from '../finding.ts';
import { isSecretKey, isSecretText } from '../secret-shapes.ts';
import { didYouMean } from '../suggest.ts';
import { at, nearestAt, type Located } from '../yaml/located.ts';
import { describe, keyText, quote, writtenAs } from './describe.ts';
import type { KnownKeys } from './known-keys.ts';

type Path = readonly (string | number)[];

/** What a kind of document looks like. */
export interface Shape<T = unknown> {
  readonly schema: z.ZodType<T>;
  readonly keys: KnownKeys;
}

/** Holds one document against its shape and reports every deviation at its own place. */
export function checkShape(document: Located, shape: Shape, report: Report): void {
  const result = shape.schema.safeParse(document.value);
  if (result.success) return;
  const reported = new Set<string>();
  for (const issue of result.error.issues) {
    for (const finding of explain(issue, document, shape.keys)) {
      // One name can be too long and badly formed: that is one fault with one remedy.
      const key = `${finding.code} ${finding.where?.range.join('-')} ${finding.summary}`;
      if (!reported.has(key)) report(finding);
      reported.add(key);
    }
  }
}

function explain(issue: z.core.$ZodIssue, document: Located, keys: KnownKeys): readonly Finding[] {
  const path = issue.path as Path;
  const node = at(document, ...path);
  if (node === undefined) return [missing(path, document, keys)];
  // A word or a list: what is wrong in the list is what matters.
  if (issue.code === 'invalid_union' && node.items !== undefined)
    return (issue.errors.at(-1) ?? []).flatMap((inner) =>
      explain({ ...inner, path: [...path, ...inner.path] }, document, keys),
    );
  if (node.faulty === true && issue.code !== 'unrecognized_keys') return [];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, node, keys));
  if (issue.code === 'invalid_key') {
    const summary = `${keyText(path)} is no key that can stand here`;
    return [errorAtKey(node, manifestCodes.badForm, summary, issue.issues[0]?.message ?? issue.message)];
  }
  if (issue.code === 'invalid_type') return [wrongType(issue.expected, path, node, issue.message)];
  if (issue.code === 'invalid_value') return [notListed(issue.values.map(String), path, node)];
  return [
    path.at(-1) === 'config' ? wrongConfig(path, node, issue.message) : badForm(path, node, issue.message),
  ];
}

function missing(path: Path, document: Located, keys: KnownKeys): Finding {
  const parent = nearestAt(document, path);
  const known = keys.at(path.slice(0, -1));
  // A misspelt key is reported as unknown; what is missing then is worth a word, not a riddle.
  const misspelt = [...(parent.members?.keys() ?? [])].find(
    (key) => !known.includes(key) && didYouMean(key, [String(path.at(-1))]) !== undefined,
  );
  const help = misspelt === undefined ? `add ${keyText(path)}` : `is \`${misspelt}\` meant to be it?`;
  return errorAt(parent, manifestCodes.missingKey, `${keyText(path)} is missing`, help);
}

function unknownKey(key: string, path: Path, parent: Located, keys: KnownKeys): Finding {
  const taken = new Set(parent.members?.keys());
  const help = keys.helpFor(key, path, taken);
  const node = parent.members?.get(key) ?? parent;
  return errorAtKey(node, manifestCodes.unknownKey, `there is no key \`${clip(key)}\` here`, help);
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function wrongType(expected: string, path: Path, node: Located, message: string): Finding {
  const wanted = typeNames[expected] ?? expected;
  if (isSecretKey(String(path.at(-1)))) {
    return errorAt(
      node,
      manifestCodes.wrongType,
      `${keyText(path)} must be ${wanted}`,
      'put a text in quotes',
    );
  }
  const summary = `${keyText(path)} must be ${wanted}, but is ${describe(node)}`;
  return errorAt(node, manifestCodes.wrongType, summary, typeHelp(expected, node) ?? ownMessage(message));
}

function typeHelp(expected: string, node: Located): string | undefined {
  const scalar = node.members === undefined && node.items === undefined;
  if (node.value === null) {
    if (expected === 'object' || expected === 'record')
      return 'write `{}` for an empty one, or leave the key out';
    if (expected === 'array') return 'write `[]` for an empty one, or leave the key out';
    return 'write a value after the key';
  }
  if (expected === 'string' && scalar) return `put it in quotes: "${writtenAs(node)}"`;
  if (expected === 'array') return 'begin each entry with `- `, or write `[…]`';
  const text = node.value;
  if (typeof text === 'string' && (expected === 'number' || expected === 'int') && /^\d+$/.test(text)) {
    return 'write it without quotes';
  }
  if (typeof text === 'string' && expected === 'boolean') return 'write `true` or `false`, without quotes';
  return undefined;
}

/** The schema's own messages are advice; those that zod makes up are not. */
function ownMessage(message: string): string | undefined {
  return /^(Invalid|Too|Unrecognized)/.test(message) ? undefined : message;
}

function notListed(values: readonly string[], path: Path, node: Located): Finding {
  const listed = values.map((value) => `\`${value}\``).join(', ');
  const written = typeof node.value === 'string' ? quote(node.value) : describe(node);
  const guess = typeof node.value === 'string' ? didYouMean(node.value, values) : undefined;
  const help = `${values.length === 1 ? 'write' : 'one of'} ${listed}`;
  return errorAt(
    node,
    manifestCodes.notListed,
    `${keyText(path)} cannot be ${written}`,
    guess === undefined || values.length === 1 ? help : `${guess} (${help})`,
  );
}

function badForm(path: Path, node: Located, message: string): Finding {
  const { value } = node;
  const isSecret = typeof value === 'string' && isSecretText(value);
  const written = isSecret ? 'this' : typeof value === 'string' ? quote(value) : describe(node);
  return errorAt(node, manifestCodes.badForm, `${keyText(path)} cannot be ${written}`, message);
}

function wrongConfig(path: Path, node: Located, message: string): Finding {
  const summary = `${keyText(path)} must be a mapping or a text, but is ${describe(node)}`;
  return errorAt(node, manifestCodes.wrongType, summary, message);
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
