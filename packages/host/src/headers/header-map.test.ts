import { describe, expect, test } from 'vitest';
import { HeaderMap } from './header-map.ts';

describe('a header map', () => {
  test('keeps repeated headers and their order', () => {
    const map = HeaderMap.from('request', [
      ['X-A', '1'],
      ['b', '2'],
      ['x-a', '3'],
    ]);
    expect(map.flat).toEqual(['x-a', '1', 'b', '2', 'x-a', '3']);
    expect(map.get('x-a')).toBe('1');
    expect(map.getAll('x-a')).toEqual(['1', '3']);
  });

  test('joins what Envoy keeps once', () => {
    const map = HeaderMap.from('response', [
      ['content-type', 'a'],
      ['content-type', 'b'],
      ['set-cookie', 'a'],
      ['set-cookie', 'b'],
    ]);
    expect(map.flat).toEqual(['content-type', 'a,b', 'set-cookie', 'a', 'set-cookie', 'b']);
  });

  test('has pseudo headers first', () => {
    const map = HeaderMap.from('request', [
      ['a', '1'],
      [':path', '/'],
      ['b', '2'],
      [':method', 'GET'],
    ]);
    expect(map.flat).toEqual([':path', '/', ':method', 'GET', 'a', '1', 'b', '2']);
  });

  test('moves what is set to the end', () => {
    const map = new HeaderMap('request', ['a', '1', 'b', '2', 'a', '3']);
    map.set('a', '4');
    expect(map.flat).toEqual(['b', '2', 'a', '4']);
  });

  test.each([
    [['a', '1'], 'a', ['a', '9']],
    [['a', '1', 'b', '2', 'c', '3'], 'a', ['b', '2', 'c', '3', 'a', '9']],
    [['b', '2'], 'a', ['b', '2', 'a', '9']],
    [[':path', '/', 'b', '2', ':path', '/x'], ':path', [':path', '9', 'b', '2']],
    [['accept', '1', 'accept', '2'], 'accept', ['accept', '9']],
  ])('of %j sets %s', (before, name, after) => {
    const map = new HeaderMap('request', [...before]);
    map.set(name, '9');
    expect(map.flat).toEqual(after);
  });

  test('removes all values and says how many', () => {
    const map = new HeaderMap('request', ['a', '1', 'b', '2', 'a', '3']);
    expect([map.remove('a'), map.remove('a')]).toEqual([2, 0]);
    expect(map.flat).toEqual(['b', '2']);
  });

  test('counts bytes without separators', () => {
    expect(new HeaderMap('request', ['abc', 'de', 'f', '']).byteSize).toBe(6);
  });
});
