import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const assembly = new URL('../assembly/', import.meta.url);
const index = await readFile(new URL('index.ts', assembly), 'utf8');

/** Every public symbol, with the file that it comes from. */
const symbols = [...index.matchAll(/^export \{([^}]+)\} from '\.\/(.+)';$/gm)].flatMap(
  ([, names = '', file = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => [name, `${file}.ts`] as const),
);

// What is only ever got from something else, whose example it is part of.
const partOf = new Set(
  (
    'Header Request Response CallResponse Configuration Jwt PluginFactory ' +
    'JsonKind LogLevel BodyAction HeadersAction TrailersAction TcpAction Peer Status'
  ).split(' '),
);

test.each(symbols)('%s is described, with an example', async (name, file) => {
  const text = await readFile(new URL(file, assembly), 'utf8');
  const declaration = new RegExp(
    String.raw`(/\*\*(?:(?!\*/)[\s\S])*\*/)\s*(?:@unmanaged\s*)?export (?:abstract )?(?:class|enum|function|namespace|type) ${name}\b`,
  );
  const [, comment = ''] = declaration.exec(text) ?? [];
  // An example is indented by four more.
  expect(comment).toMatch(partOf.has(name) ? /\w/ : /\n \* {5}\S/);
});

test('the public symbols were found', () => {
  expect(symbols.length).toBeGreaterThan(60);
});
