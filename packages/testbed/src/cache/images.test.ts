import { expect, test } from 'vitest';
import { mirrorIn } from './images.ts';

test.each([
  ['deb822', 'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n'],
  ['one line', 'deb [signed-by=/x.gpg] http://mirror.example/debian bookworm main\n'],
  [
    'after the security archive',
    'URIs: http://s.example/debian-security\n\nURIs: http://mirror.example/debian\n',
  ],
])('the mirror is found in a sources file: %s', (_, text) => {
  expect(mirrorIn(text)).toBe('http://mirror.example/debian');
});

test('a sources file without an archive has no mirror', () => {
  expect(mirrorIn('# deb http://mirror.example/debian bookworm main\n')).toBeUndefined();
});
