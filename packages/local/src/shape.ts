import { isArray, WasmcastError, type JsonObject, type JsonValue } from '@wasmcast/core';

/**
 * Readers for JSON that came from outside: a saved plan, a request on the control socket. Each throws `WC-LOC-007`
 * naming the member that is not as it should be.
 */
function fault(name: string, wanted: string): WasmcastError {
  return new WasmcastError('WC-LOC-007', `"${name}" is not ${wanted}`, { exit: 'invalid' });
}

/** The value as an object. */
export function object(value: JsonValue | undefined, name: string): JsonObject {
  if (value === undefined || value === null || typeof value !== 'object' || isArray(value))
    throw fault(name, 'an object');
  return value;
}

/** A member of an object; undefined if it is not there. */
export function optional(value: JsonValue | undefined, name: string): JsonValue | undefined {
  const fields = object(value, name);
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** A member that must be there. */
export function member(value: JsonValue | undefined, name: string): JsonValue {
  const found = optional(value, name);
  if (found === undefined) throw fault(name, 'there');
  return found;
}

/** A member that is a string. */
export function text(value: JsonValue | undefined, name: string): string {
  const found = member(value, name);
  if (typeof found !== 'string') throw fault(name, 'a string');
  return found;
}

/** A member that is one of these strings. */
export function oneOf<T extends string>(
  value: JsonValue | undefined,
  name: string,
  allowed: readonly T[],
): T {
  const found = text(value, name);
  const match = allowed.find((candidate) => candidate === found);
  if (match === undefined) throw fault(name, `one of ${allowed.join(', ')}`);
  return match;
}

/** A member that is a boolean. */
export function flag(value: JsonValue | undefined, name: string): boolean {
  const found = member(value, name);
  if (typeof found !== 'boolean') throw fault(name, 'true or false');
  return found;
}

/** A member that is a whole number, at least 0. */
export function nonNegativeInteger(value: JsonValue | undefined, name: string): number {
  const found = member(value, name);
  if (typeof found !== 'number' || !Number.isSafeInteger(found) || found < 0)
    throw fault(name, 'a whole number of at least 0');
  return found;
}

/** A member that is a list with at most `max` entries. */
export function list(value: JsonValue | undefined, name: string, max: number): readonly JsonValue[] {
  const found = member(value, name);
  if (!isArray(found)) throw fault(name, 'a list');
  if (found.length > max) throw fault(name, `a list of at most ${max} entries`);
  return found;
}

/** A member that maps strings to strings. */
export function texts(value: JsonValue | undefined, name: string): Readonly<Record<string, string>> {
  const fields = object(member(value, name), name);
  for (const [key, entry] of Object.entries(fields))
    if (typeof entry !== 'string') throw fault(`${name}.${key}`, 'a string');
  return fields as Readonly<Record<string, string>>;
}
