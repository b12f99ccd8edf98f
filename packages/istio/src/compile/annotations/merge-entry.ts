import { canonicalJson, type JsonObject } from '@wasmcast/core';
import { type Entries, type Entry, readEntries } from './json-entries.ts';

/**
 * Editing one entry, ours, in the text of an annotation that others write too. Everything else survives byte for byte,
 * and taking our entry out again gives back the very text that was there before it was put in.
 */

/** Our entry, if it is there. A string says why the text cannot be read. */
export function findEntry(text: string | undefined, name: string): JsonObject | undefined | string {
  if (text === undefined) return undefined;
  const parsed = readEntries(text);
  return typeof parsed === 'string' ? parsed : ours(parsed, name)?.value;
}

/** The entries that are not ours. */
export function foreignEntries(text: string | undefined, name: string): readonly JsonObject[] {
  if (text === undefined) return [];
  const parsed = readEntries(text);
  if (typeof parsed === 'string') return [];
  const own = ours(parsed, name);
  return parsed.entries.filter((entry) => entry !== own).map((entry) => entry.value);
}

/** The text with our entry put in or replaced. Throws a TypeError for a text that cannot be read: ask before. */
export function putEntry(text: string | undefined, name: string, entry: JsonObject): string {
  if (text === undefined) return `[${canonicalJson(entry)}]`;
  const parsed = read(text);
  const written = write(parsed.shape, name, entry);
  const own = ours(parsed, name);
  if (own !== undefined) return splice(text, own.start, own.end, written);
  const last = parsed.entries.at(-1);
  if (last !== undefined) return splice(text, last.end, last.end, `,${written}`);
  // An empty container that was there before us is told from one that we made by the space behind our entry.
  return splice(text, parsed.open, parsed.open, `${written} `);
}

/** The text without our entry; undefined: the annotation was ours alone. */
export function takeEntry(text: string | undefined, name: string): string | undefined {
  if (text === undefined) return undefined;
  const parsed = read(text);
  const own = ours(parsed, name);
  if (own === undefined) return text;
  const index = parsed.entries.indexOf(own);
  const before = parsed.entries[index - 1];
  const after = parsed.entries[index + 1];
  if (before !== undefined) return splice(text, before.end, own.end, '');
  if (after !== undefined) return splice(text, own.start, after.start, '');
  const wasEmpty =
    own.start === parsed.open &&
    text.slice(own.start, own.end) === write(parsed.shape, name, own.value) &&
    text.charAt(own.end) === ' ';
  return wasEmpty ? splice(text, own.start, own.end + 1, '') : undefined;
}

function ours(parsed: Entries, name: string): Entry | undefined {
  // In an array the object's own name counts; in an object too, where the key stands in for a name that is not given.
  return parsed.entries.find((entry) => (entry.value['name'] ?? entry.key) === name);
}

function write(shape: Entries['shape'], name: string, entry: JsonObject): string {
  const value = canonicalJson(entry);
  return shape === 'array' ? value : `${JSON.stringify(name)}:${value}`;
}

function read(text: string): Entries {
  const parsed = readEntries(text);
  if (typeof parsed === 'string') throw new TypeError(parsed);
  return parsed;
}

function splice(text: string, start: number, end: number, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end);
}
