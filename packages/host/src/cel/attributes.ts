import { celError, celUint, type CelError, type CelInput } from '@bufbuild/cel';
import { create } from '@bufbuild/protobuf';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { Status } from '../abi/status.ts';
import type { PropertyResult } from '../properties/property-source.ts';
import type { PropertyValue } from '../properties/property-value.ts';
import { readMetadata } from './metadata.ts';

/** Finds a property by the parts of its path. */
export type FindProperty = (parts: readonly string[]) => PropertyResult;

/** Names of types, which an expression may use as values (`type(x) == string`). */
const types: ReadonlySet<string> = new Set(
  'bool bytes double int list map null_type string type uint'.split(' '),
);

const nanosPerSecond = 1_000_000_000n;

/**
 * The variables of an expression: the properties under their first parts, each read when it is asked for. One that there is not is an
 * error, also for `has` (cel-cpp eval/eval/ident_step.cc).
 */
export function variables(find: FindProperty): Record<string, CelInput> {
  return new Proxy({}, { get: (_, name) => variable(find, String(name)) });
}

function variable(find: FindProperty, name: string): CelInput | CelError | undefined {
  // The library asks for `request.path` before it asks for `request`. Envoy does not, and knows no message by its name.
  if (name.includes('.') && !name.startsWith('google.')) return undefined;
  const value = attribute(find, [name]);
  return value !== undefined || types.has(name) ? value : celError(`there is nothing named ${name}`);
}

/** An object or map of attributes. An object (`request`) looks empty to who asks for all of it, as in Envoy. */
class Attributes extends Map<string, CelInput> {
  readonly #find: FindProperty;
  readonly #path: readonly string[];
  readonly #names: readonly string[] | undefined;

  constructor(find: FindProperty, path: readonly string[], names?: readonly string[]) {
    super();
    this.#find = find;
    this.#path = path;
    this.#names = names;
  }

  override get size(): number {
    return this.#names?.length ?? 0;
  }

  override get(name: string): CelInput | undefined {
    if (typeof name !== 'string') return undefined;
    return attribute(this.#find, [...this.#path, Buffer.from(name).toString('latin1')]);
  }

  override has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  override *keys(): MapIterator<string> {
    for (const name of this.#names ?? []) yield textOf(name);
  }

  override *entries(): MapIterator<[string, CelInput]> {
    for (const name of this.keys()) yield [name, this.get(name) ?? null];
  }

  /** For who makes bytes of it; the library does not use it. Throws for an object, of which nobody can. */
  override forEach(run: (value: CelInput, name: string, map: Map<string, CelInput>) => void): void {
    if (this.#names === undefined) throw new Error(`nobody knows all attributes of ${this.#path.join('.')}`);
    for (const [name, value] of this.entries()) run(value, name, this);
  }
}

function attribute(find: FindProperty, path: readonly string[]): CelInput | undefined {
  const found = find(path);
  // A whole object, as `request`.
  if (found === Status.SerializationFailure) return new Attributes(find, path);
  if (found === undefined || typeof found === 'number') return undefined;
  if (found.kind === 'bytes' && path.length === 1 && path[0] === 'metadata') return readMetadata(found.value);
  if (found.kind !== 'map') return inputOf(found);
  return new Attributes(
    find,
    path,
    found.value.map(([name]) => name),
  );
}

function inputOf(property: PropertyValue): CelInput {
  switch (property.kind) {
    case 'string':
      return textOf(property.value);
    case 'uint':
      return celUint(property.value);
    case 'time':
      return create(TimestampSchema, split(property.value));
    case 'duration':
      return create(DurationSchema, split(property.value));
    case 'map':
      return new Map(property.value.map(([name, value]) => [textOf(name), inputOf(value)]));
    case 'list':
      return property.value.map(inputOf);
    case 'bytes':
    case 'int':
    case 'double':
    case 'bool':
      return property.value;
  }
}

function split(nanoseconds: bigint): { readonly seconds: bigint; readonly nanos: number } {
  return { seconds: nanoseconds / nanosPerSecond, nanos: Number(nanoseconds % nanosPerSecond) };
}

/** A byte string as text. */
function textOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}
