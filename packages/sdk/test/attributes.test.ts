import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { attributesFile } from '../attributes/generate.ts';

test('the typed attributes are what the list of attributes says', async () => {
  const written = await readFile(new URL('../assembly/attributes.ts', import.meta.url), 'utf8');
  const bare = (text: string): string => text.replaceAll(/\s+/g, '').replaceAll(',}', '}');
  expect(bare(written)).toBe(bare(attributesFile()));
});
