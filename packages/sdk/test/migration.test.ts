import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

// The filters that the page shows are those that are compiled, run in Envoy and measured by `npm run bench -- price`.
const root = new URL('../../../', import.meta.url);
const page = await readFile(new URL('../MIGRATION.md', import.meta.url), 'utf8');

test.each([
  ['ts', 'sdk/decide/assembly/index.ts'],
  ['rust', 'rust/src/decide.rs'],
  ['go', 'go/headers.go'],
])('the filter in %s is the one that is measured', async (language, file) => {
  const [, block = ''] = new RegExp(`\\n\`\`\`${language}\\n([^]*?)\\n\`\`\`\\n`).exec(page) ?? [];
  expect(block).not.toBe('');
  expect(await readFile(new URL(`bench/price/filters/${file}`, root), 'utf8')).toContain(block);
});
