/** Any JSON value. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** JSON text with the keys of every object in code-unit order and no white space: equal values give equal text. */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  // One growing text: a plan of a thousand workloads writes tens of megabytes this way.
  let text = '';
  // oxlint-disable-next-line unicorn/no-array-sort -- the list is nobody else's
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** True for equal JSON values, whatever the order of their keys; a member that is undefined counts as none. */
export function jsonEquals(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (isArray(a)) {
    if (!isArray(b) || a.length !== b.length) return false;
    return a.every((each, i) => jsonEquals(each, b[i] as JsonValue));
  }
  if (isArray(b)) return false;
  let more = 0;
  for (const key of Object.keys(a)) {
    const member = a[key];
    if (member === undefined) continue;
    const other = Object.hasOwn(b, key) ? b[key] : undefined;
    if (other === undefined || !jsonEquals(member, other)) return false;
    more += 1;
  }
  for (const key of Object.keys(b)) if (b[key] !== undefined) more -= 1;
  return more === 0;
}

/** `Array.isArray` that narrows a readonly union. */
export function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
