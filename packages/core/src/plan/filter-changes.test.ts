import { expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import type { DesiredFilter } from '../model/filter.ts';
import { desiredFilter, digest } from '../testing/values.ts';
import { filterChanges } from './filter-changes.ts';

const changes = (before: Partial<DesiredFilter>, after: Partial<DesiredFilter>): readonly string[] =>
  filterChanges(desiredFilter('a', before), desiredFilter('a', after)).map(
    ({ field, before: was, after: is }) => `${field} ${was} -> ${is}`,
  );
const object = (value: JsonObject): Pick<DesiredFilter, 'config'> => ({ config: { kind: 'json', value } });

test('objects are compared key by key, as JSON: a text of digits is no number', () => {
  expect(changes(object({ a: 1, b: [1], c: true }), object({ a: '1', b: [1], d: {} }))).toEqual([
    'config.a 1 -> "1"',
    'config.c true -> undefined',
    'config.d undefined -> {}',
  ]);
  expect(changes({ env: { LEVEL: '1' } }, { env: { LEVEL: '2' } })).toEqual(['env.LEVEL "1" -> "2"']);
});

test('a configuration that becomes another kind is told whole', () => {
  expect(changes({ config: { kind: 'none' } }, { config: { kind: 'text', text: 'x' } })).toEqual([
    'config undefined -> x',
  ]);
  expect(changes(object({ a: 1 }), { config: { kind: 'text', text: 'x' } })).toEqual(['config {"a":1} -> x']);
});

test('every other setting is told, but what follows from another module is not', () => {
  const moved = { moduleDigest: digest('b'), vmId: 'a-bbbbbbbb', moduleSize: 7 };
  expect(changes({}, { ...moved, onFailure: 'open', rootId: 'r' })).toEqual([
    expect.stringMatching(/^rootId .* -> r$/),
    'onFailure closed -> open',
  ]);
  expect(changes({ vmId: 'one' }, { vmId: 'two' })).toEqual(['vmId one -> two']);
});
