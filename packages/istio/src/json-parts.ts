import { isArray, type JsonObject, type JsonValue } from '@wasmcast/core';

/** Readers of JSON that others wrote: what is not of the expected shape is empty, never a fault. */

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isArray(value);
}

/** The object under a key. */
export function object(parent: JsonValue | undefined, key: string): JsonObject {
  const value = isObject(parent) ? parent[key] : undefined;
  return isObject(value) ? value : {};
}

export function list(value: JsonValue | undefined): readonly JsonValue[] {
  return value !== undefined && isArray(value) ? value : [];
}

export function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
