import { expect, test } from 'vitest';
import { nearest } from './suggest.ts';

test.each([
  ['chian', ['chain', 'name'], 'chain'],
  ['RootID', ['rootId', 'vm'], 'rootId'],
  ['inbuond', ['inbound', 'outbound'], 'inbound'],
  ['helo', ['hello', 'help'], 'hello'],
  ['x', ['vm'], undefined],
  ['a', ['b'], undefined],
  ['xyzzy', ['name', 'module'], undefined],
  ['', ['a'], undefined],
  ['z'.repeat(100_000), ['name'], undefined],
])('%s', (word, candidates, expected) => {
  expect(nearest(word.slice(0, 100_000), candidates)).toBe(expected);
});
