import { expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../json.ts';
import { manifestJsonSchema } from './json-schema.ts';

/** Every schema inside a schema, with its path. */
function* fields(schema: JsonObject, path: string): Generator<readonly [path: string, schema: JsonObject]> {
  yield [path, schema];
  for (const [key, value] of Object.entries((schema['properties'] ?? {}) as Record<string, JsonValue>)) {
    yield* fields(value as JsonObject, `${path}.${key}`);
  }
  if (schema['items'] !== undefined) yield* fields(schema['items'] as JsonObject, `${path}[]`);
}

const all = [...fields(manifestJsonSchema(), '$')];

it('describes every field', () => {
  expect(all.length).toBeGreaterThan(40);
  const silent = all.filter(
    ([path, s]) => typeof s['description'] !== 'string' && !path.endsWith('.chain[]'),
  );
  expect(silent.map(([path]) => path)).toEqual([]);
});

it('is strict and names what is required', () => {
  const objects = all.filter(([, s]) => s['properties'] !== undefined);
  expect(objects.filter(([, s]) => s['additionalProperties'] !== false)).toEqual([]);
  expect(Object.fromEntries(objects.map(([path, s]) => [path, s['required'] ?? []]))).toMatchObject({
    $: ['apiVersion', 'kind', 'metadata'],
    '$.filters[]': ['name', 'module'],
    '$.targets[]': ['name'],
    '$.bindings[]': ['name', 'target', 'select', 'chain'],
    '$.bindings[].select': ['namespace'],
  });
});

it('has patterns that every reader of the schema understands', () => {
  const patterns = all.flatMap(([, s]) => (typeof s['pattern'] === 'string' ? [s['pattern']] : []));
  expect(patterns.length).toBeGreaterThan(5);
  for (const pattern of patterns) expect(() => new RegExp(pattern, 'u')).not.toThrow();
});

it('is plain JSON of draft 7', () => {
  const schema = manifestJsonSchema();
  expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
});
