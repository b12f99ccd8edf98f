import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, jsonEquals, type JsonValue } from './json.ts';

const json = fc.jsonValue() as fc.Arbitrary<JsonValue>;

/** The same value with the keys of its objects the other way round. */
function turned(value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(turned);
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, each]) => [key, turned(each)]),
  );
}

test('canonical text says the same value, whatever the order of its keys', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(turned(value))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  expect(canonicalJson({ b: [1, { d: 'x', c: null }], a: undefined as never, 10: 1, 9: true })).toBe(
    '{"10":1,"9":true,"b":[1,{"c":null,"d":"x"}]}',
  );
});

test('values are equal exactly when their canonical texts are', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(jsonEquals(a, turned(a))).toBe(true);
      expect(jsonEquals(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      expect(jsonEquals({ a, b }, { b })).toBe(false);
    }),
  );
});

test.each<[JsonValue, JsonValue]>([
  [{ a: 1 }, { a: 1, b: undefined as never }],
  [[{ a: undefined as never }], [{}]],
  [0, -0],
])('%j and %j are equal', (a, b) => {
  expect([jsonEquals(a, b), jsonEquals(b, a)]).toEqual([true, true]);
});

test.each<[JsonValue, JsonValue]>([
  [{ a: null }, {}],
  [{ a: 1 }, { b: 1 }],
  [[], {}],
  [[1], [1, 2]],
  [{ constructor: 1 }, {}],
  [1, '1'],
])('%j and %j are not', (a, b) => {
  expect([jsonEquals(a, b), jsonEquals(b, a)]).toEqual([false, false]);
});
