import { describe, expect, test } from 'vitest';
import { decodePairs } from '../abi/pairs.ts';
import { out, scriptedGuest } from '../../fixtures/scripted-guest.ts';
import { loadFilter } from '../testing/index.ts';
import { serializeProperty, type PropertyValue } from './property-value.ts';

const text = (value: string): PropertyValue => ({ kind: 'string', value });

describe('a property is written', () => {
  test.each<[string, PropertyValue, readonly number[]]>([
    ['as its bytes', text('a\xff'), [97, 255]],
    ['as its bytes, too', { kind: 'bytes', value: Uint8Array.of(1, 0) }, [1, 0]],
    ['in eight bytes, little endian', { kind: 'int', value: -2n }, [254, 255, 255, 255, 255, 255, 255, 255]],
    ['in eight bytes without a sign', { kind: 'uint', value: 2n ** 63n }, [0, 0, 0, 0, 0, 0, 0, 128]],
    ['as a double', { kind: 'double', value: 1 }, [0, 0, 0, 0, 0, 0, 240, 63]],
    ['as a byte', { kind: 'bool', value: true }, [1]],
    ['in nanoseconds', { kind: 'time', value: 1_000_000_000n }, [0, 202, 154, 59, 0, 0, 0, 0]],
  ])('%s', (_how, value, bytes) => {
    expect([...serializeProperty(value)]).toEqual(bytes);
  });

  test('as pairs, when it is a map or a list', () => {
    const map = serializeProperty({ kind: 'map', value: [['a', { kind: 'bool', value: true }]] });
    expect(decodePairs(map, 0, map.length)).toEqual(['a', '\x01']);
    const list = serializeProperty({ kind: 'list', value: [text('x'), text('y')] });
    expect(decodePairs(list, 0, list.length)).toEqual(['x', '', 'y', '']);
  });
});

test('a path leads into maps and lists', async () => {
  const paths = [
    'xds\0labels\0app',
    'xds\0labels\0none',
    'xds\0zones\x001',
    'xds\0zones\x009',
    'xds\0zones\0x',
    'xds\0labels\0app\0more',
  ];
  const guest = scriptedGuest({
    proxy_on_request_headers: [
      ...paths.map((path) => ['proxy_get_property', path, out.text] as const),
      ['proxy_get_property', 'connection_id', out.word, out.word],
    ],
  });
  await using filter = await loadFilter(guest);
  const attributes = ([top, name, ...rest]: readonly string[]): PropertyValue | undefined => {
    if (top !== 'xds' || rest.length > 0) return undefined;
    if (name === 'labels') return { kind: 'map', value: [['app', text('front')]] };
    return name === 'zones' ? { kind: 'list', value: [text('a'), text('b')] } : undefined;
  };
  const { logs } = await filter.request({}, { attributes, connectionId: 7n });
  expect(logs.map(({ message }) => message.replace('get_property ', ''))).toEqual([
    '0 front',
    '1 ',
    '0 b',
    '1 ',
    '1 ',
    '1 ',
    expect.stringMatching(/^0 \d+ 8$/),
  ]);
});
