import type { JsonObject, JsonValue } from '@wasmcast/core';

/** A member of the outermost array or object of a JSON text, and where it stands in the text. */
export interface Entry {
  /** Of an object's member. */
  readonly key: string | undefined;
  readonly value: JsonObject;
  /** From the first character of the key or value to behind the last one of the value. */
  readonly start: number;
  readonly end: number;
}

/**
 * The text of a `sidecar.istio.io/userVolume[Mount]` annotation. Istio's injection template ranges over the parsed JSON, so
 * that an array of volumes and an object of volumes by name both work.
 */
export interface Entries {
  readonly shape: 'array' | 'object';
  /** Offset behind the opening bracket. */
  readonly open: number;
  /** Offset of the closing bracket. */
  readonly close: number;
  readonly entries: readonly Entry[];
}

/** Reads such a text; a string says why it cannot be read. */
export function readEntries(text: string): Entries | string {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    return `it is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (value === null || typeof value !== 'object') return 'it is neither a JSON array nor a JSON object';
  const shape = Array.isArray(value) ? 'array' : 'object';
  const open = text.search(/[[{]/) + 1;
  const { ranges, close } = topLevelRanges(text, open);
  const entries: Entry[] = [];
  for (const { start, end } of ranges) {
    const member = readMember(text.slice(start, end), shape);
    if (member === undefined) return 'one of its entries is not a JSON object';
    entries.push({ ...member, start, end });
  }
  return { shape, open, close, entries };
}

function readMember(
  text: string,
  shape: Entries['shape'],
): { readonly key: string | undefined; readonly value: JsonObject } | undefined {
  // The whole text is valid JSON, so each member is, once it stands in brackets of its own.
  if (shape === 'array') {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value) ? { key: undefined, value } : undefined;
  }
  const [key, value] = Object.entries(JSON.parse(`{${text}}`) as Record<string, JsonValue>)[0] ?? [];
  return value !== undefined && isObject(value) ? { key, value } : undefined;
}

function isObject(value: JsonValue): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The members of the container that opens before `open`, without the white space around them. */
function topLevelRanges(
  text: string,
  open: number,
): { readonly ranges: readonly { readonly start: number; readonly end: number }[]; readonly close: number } {
  const ranges: { start: number; end: number }[] = [];
  let depth = 1;
  let inString = false;
  let start = -1;
  let end = -1;
  for (let i = open; i < text.length; i++) {
    const c = text.charAt(i);
    if (inString) {
      if (c === '\\') i += 1;
      else if (c === '"') inString = false;
      end = i + 1;
      continue;
    }
    if (/[ \t\r\n]/.test(c)) continue;
    const closes = c === ']' || c === '}';
    if (closes) depth -= 1;
    if ((closes && depth === 0) || (c === ',' && depth === 1)) {
      if (start >= 0) ranges.push({ start, end });
      if (closes) return { ranges, close: i };
      start = -1;
      continue;
    }
    if (c === '[' || c === '{') depth += 1;
    if (c === '"') inString = true;
    if (start < 0) start = i;
    end = i + 1;
  }
  throw new TypeError('unbalanced JSON'); // JSON.parse has accepted it before
}
