import type { JsonObject, JsonValue } from '../../json.ts';
import { nearest } from '../suggest.ts';

type Path = readonly (string | number)[];

/** The keys that a kind of document knows. */
export class KnownKeys {
  readonly #jsonSchema: () => JsonObject;
  /** Made when the first key is unknown: most documents and most commands never need it. */
  #root: JsonObject | undefined;

  constructor(jsonSchema: () => JsonObject) {
    this.#jsonSchema = jsonSchema;
  }

  /** Those of the mapping at a path; none for a mapping of free keys. */
  at(path: Path): readonly string[] {
    const schema = this.#schemaAt(path);
    return schema === undefined ? [] : Object.keys(propertiesOf(schema));
  }

  /** What to do about a key that the mapping at `path` does not have. `taken` are the keys that stand there already. */
  helpFor(key: string, path: Path, taken: ReadonlySet<string>): string {
    const schema = this.#schemaAt(path);
    const own = schema === undefined ? {} : propertiesOf(schema);
    return (
      belongsBelow(key, own) ??
      this.#belongsAbove(key, path) ??
      similar(key, own, taken) ??
      keysHere(Object.keys(own))
    );
  }

  #belongsAbove(key: string, path: Path): string | undefined {
    for (let end = path.length - 1; end >= 0; end--) {
      const above = this.#schemaAt(path.slice(0, end));
      if (above === undefined || !Object.hasOwn(propertiesOf(above), key)) continue;
      const beside = path[end];
      return typeof beside === 'string'
        ? `\`${key}\` belongs further up, beside \`${beside}\``
        : `\`${key}\` belongs further up, in the entry itself`;
    }
    return undefined;
  }

  #schemaAt(path: Path): JsonObject | undefined {
    this.#root ??= this.#jsonSchema();
    let schema: JsonObject | undefined = this.#root;
    for (const key of path) {
      if (schema === undefined) return undefined;
      schema = typeof key === 'number' ? itemsOf(schema) : propertiesOf(schema)[key];
    }
    return schema;
  }
}

function belongsBelow(key: string, own: Readonly<Record<string, JsonObject>>): string | undefined {
  for (const [name, schema] of Object.entries(own)) {
    if (Object.hasOwn(propertiesOf(schema), key))
      return `\`${key}\` belongs one level down, under \`${name}\``;
  }
  return undefined;
}

function similar(
  key: string,
  own: Readonly<Record<string, JsonObject>>,
  taken: ReadonlySet<string>,
): string | undefined {
  const near = nearest(
    key,
    Object.keys(own).filter((name) => !taken.has(name)),
  );
  return near === undefined ? undefined : `did you mean \`${near}\`?`;
}

/** The entries of a list, or of what may be a list or a word. */
function itemsOf(schema: JsonObject): JsonObject | undefined {
  const kinds = [
    schema,
    ...(Array.isArray(schema['anyOf']) ? (schema['anyOf'] as readonly JsonValue[]) : []),
  ];
  return kinds.map((kind) => asObject(asObject(kind)?.['items'])).find((items) => items !== undefined);
}

function propertiesOf(schema: JsonObject): Readonly<Record<string, JsonObject>> {
  return (asObject(schema['properties']) ?? {}) as Readonly<Record<string, JsonObject>>;
}

function asObject(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

function keysHere(names: readonly string[]): string {
  const listed = names.map((name) => `\`${name}\``).join(', ');
  return names.length === 1 ? `the only key here is ${listed}` : `the keys here are ${listed}`;
}
