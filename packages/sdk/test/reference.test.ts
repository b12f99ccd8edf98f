import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { referencePage } from '../reference/page.ts';
import { readSymbols } from '../reference/read-symbols.ts';

test('the reference is what the comments say: `node packages/sdk/reference/write.ts` writes it', async () => {
  const written = await readFile(new URL('../docs/reference.md', import.meta.url), 'utf8');
  expect(written).toBe(referencePage(await readSymbols()));
});

test('each symbol that filters can import stands there with its comment', async () => {
  const symbols = await readSymbols();
  const all = [...symbols.values()].flat();
  expect(all.length).toBeGreaterThan(60);
  expect(all.filter(({ about }) => about === '')).toEqual([]);
  expect(symbols.get('headers')?.find(({ name }) => name === 'Headers')?.members[0]).toEqual({
    name: 'get',
    signature: 'get(name: string): string | null',
    about: 'The value of a header (the first, if the line is repeated), or null when there is none.',
    members: [],
  });
  // What comes from a class that nobody can import stands with the classes that extend it.
  const members = symbols.get('grpc/call')?.[0]?.members.map(({ name }) => name);
  expect(members).toEqual(expect.arrayContaining(['timeout', 'cancel', 'onClose']));
});

test('so does each member, but for values of enums whose names say all', async () => {
  const all = [...(await readSymbols()).values()]
    .flat()
    .filter(({ signature }) => !signature.startsWith('enum '));
  const silent = all.flatMap(({ name, members }) =>
    members.filter(({ about }) => about === '').map((member) => `${name}.${member.name}`),
  );
  expect(silent).toEqual([]);
});

test('a file of public symbols that no chapter has is refused', () => {
  expect(() => referencePage(new Map([['new-one', []]]))).toThrow('no chapter for new-one');
});
