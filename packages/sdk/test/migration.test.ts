import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

// The filters that the page shows are those that are compiled, run in Envoy and measured by `npm run bench -- price`.
const root = new URL('../../../', import.meta.url);
const page = await readFile(new URL('../MIGRATION.md', import.meta.url), 'utf8');

test.each([
  ['ts', 0, 'sdk/decide/assembly/index.ts'],
  ['rust', 0, 'rust/src/decide.rs'],
  ['go', 0, 'go/headers.go'],
  ['ts', 1, 'solo/decide/assembly/index.ts'],
] as const)('the filter in %s (%i) is the one that is measured', async (language, at, file) => {
  const blocks = page.matchAll(new RegExp(`\\n\`\`\`${language}\\n([^]*?)\\n\`\`\`(?:\\n|$)`, 'g'));
  const block = [...blocks].map(([, text = '']) => text)[at] ?? '';
  expect(block).not.toBe('');
  expect(await readFile(new URL(`bench/price/filters/${file}`, root), 'utf8')).toContain(block);
});
