import { describe, expect, test } from 'vitest';
import { Status } from '../abi/status.ts';
import type { PropertyValue } from '../properties/property-value.ts';
import { compileExpression, parseExpression, type Evaluated } from './expression.ts';

/** Some attributes; each is looked up when an expression asks for it. */
const attributes: Readonly<Record<string, PropertyValue>> = {
  'request.path': { kind: 'string', value: 'gr\xc3\xbcn' },
  'request.headers': { kind: 'map', value: [['a', { kind: 'string', value: '1' }]] },
  'request.headers.a': { kind: 'string', value: '1' },
  'request.duration': { kind: 'duration', value: 1_500_000_000n },
  list: { kind: 'list', value: [{ kind: 'uint', value: 7n }] },
  metadata: { kind: 'bytes', value: new Uint8Array() },
};

function evaluate(text: string): Evaluated {
  return compileExpression(parseExpression(text))((parts) =>
    parts[0] === 'request' && parts.length === 1 ? Status.SerializationFailure : attributes[parts.join('.')],
  );
}

describe('an expression', () => {
  test.each<[string, PropertyValue]>([
    ['request.path', { kind: 'string', value: 'gr\xc3\xbcn' }],
    ['request.path.size()', { kind: 'int', value: 4n }],
    ['request.headers', { kind: 'map', value: [['a', { kind: 'string', value: '1' }]] }],
    [
      'request.headers.map(name, request.headers[name])',
      { kind: 'list', value: [{ kind: 'string', value: '1' }] },
    ],
    ['request.duration + duration("1s")', { kind: 'duration', value: 2_500_000_000n }],
    ['list[0] + 1u', { kind: 'uint', value: 8n }],
    ['has(metadata.filter_metadata.ns)', { kind: 'bool', value: false }],
    ['{1: 1.5}', { kind: 'map', value: [['\x01\0\0\0\0\0\0\0', { kind: 'double', value: 1.5 }]] }],
  ])('%s', (text, value) => {
    expect(evaluate(text)).toEqual({ kind: 'value', value });
  });

  test.each(['nothing', 'has(nothing.at)', 'request.nothing', '1 / 0', 'has(metadata.nothing)'])(
    '%s is an error',
    (text) => {
      expect(evaluate(text)).toMatchObject({ kind: 'error' });
    },
  );

  test.each(['request', '{"a": request}', 'null', 'type(1)', '[null]'])('%s has no bytes', (text) => {
    expect(evaluate(text)).toEqual({ kind: 'no-bytes' });
  });

  test.each(['1 +', 'size(1, 2)', '"a".nothing()', 'has(a)', '9223372036854775808', '"\\q"', 'No{a: 1}'])(
    '%s is none',
    (text) => {
      expect(() => compileExpression(parseExpression(text))).toThrow(Error);
    },
  );

  test('that is nested very deeply is refused, not a crash', () => {
    expect(() => parseExpression(`${'('.repeat(50_000)}1${')'.repeat(50_000)}`)).toThrow(RangeError);
  });
});
