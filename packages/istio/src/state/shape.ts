/** Says where a value is not as it should be: `` for the value itself, `waves.0.pauseMs` within it; undefined if it is. */
export type Check = (value: unknown) => string | undefined;

/** Entries of a list, or of an object, that are looked at: what came from a cluster is not endless. */
const maxEntries = 1_000_000;

const when = (isRight: boolean): string | undefined => (isRight ? undefined : '');

export const text: Check = (value) => when(typeof value === 'string');
export const flag: Check = (value) => when(typeof value === 'boolean');
/** A whole number of at least 0. */
export const count: Check = (value) => when(Number.isSafeInteger(value) && (value as number) >= 0);
export const duration: Check = (value) => when(typeof value === 'number' && value >= 0);
export const jsonObject: Check = (value) => when(isObject(value));

export const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    when(typeof value === 'string' && allowed.includes(value));

export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value);

export const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= maxEntries
      ? first(value.entries() as Iterable<[number, unknown]>, check)
      : '';

export const mapOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) ? first(Object.entries(value), check) : '';

/** An object with these members, and perhaps others. */
export const shape =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) => {
    if (!isObject(value)) return '';
    for (const [name, check] of Object.entries(members)) {
      const fault = check(Object.hasOwn(value, name) ? value[name] : undefined);
      if (fault !== undefined) return join(name, fault);
    }
    return undefined;
  };

function first(entries: Iterable<readonly [string | number, unknown]>, check: Check): string | undefined {
  for (const [key, value] of entries) {
    const fault = check(value);
    if (fault !== undefined) return join(key, fault);
  }
  return undefined;
}

function join(key: string | number, rest: string): string {
  return rest === '' ? String(key) : `${key}.${rest}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
