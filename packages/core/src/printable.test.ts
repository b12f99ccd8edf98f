import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test.each([
  ['a colour', '\u001b[31mred\u009b0m', '\ufffd[31mred\ufffd0m'],
  ['a carriage return', 'good\rbad', 'good\ufffdbad'],
  ['another direction', 'a\u202eb\u2066c\u061cd\u200fe', 'a\ufffdb\ufffdc\ufffdd\ufffde'],
  ['what is not seen', 'a\u00adb\u200bc\ufeffd', 'a\ufffdb\ufffdc\ufffdd'],
  ['tags', 'a\u{e0041}b', 'a\ufffdb'],
  ['lines', 'a\nb\tc\u2028d', 'a b c\ufffdd'],
  ['words', 'Größe 漢字 é 🎈', 'Größe 漢字 é 🎈'],
])('%s', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});
