import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { templates } from '../src/commands/templates.ts';
import { largestSize, recordedSizes, sizesPage } from './support/sizes.ts';

test('a module may grow by 5 %, and not by a byte more', () => {
  const limit = largestSize('jwt', { jwt: 10_000 });
  expect(10_500).toBeLessThanOrEqual(limit);
  expect(() => expect(10_501).toBeLessThanOrEqual(limit)).toThrow(/10501/);
});

test('every template has a record, and one without may have no byte', () => {
  expect(Object.keys(recordedSizes)).toEqual(Object.keys(templates));
  expect(largestSize('no such template')).toBe(0);
});

test('what is published is what is recorded', async () => {
  const rows = (await readFile(sizesPage, 'utf8')).matchAll(/^\| ([a-z-]+) +\| (\d+) +\|/gm);
  expect(Object.fromEntries([...rows].map(([, name, size]) => [name, Number(size)]))).toEqual(recordedSizes);
});
