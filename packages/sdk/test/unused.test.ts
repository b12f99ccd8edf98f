import { readFile, readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { built } from './support/build.ts';

const assembly = new URL('../assembly/', import.meta.url);
const sources = (await readdir(assembly, { recursive: true }))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .toSorted();
const files = sources.filter((file) => !file.startsWith('runtime/') && file !== 'index.ts');

const bare = `
class MyPlugin extends Plugin {
  createFilter(): HttpFilter { return new MyFilter(); }
}
class MyFilter extends HttpFilter {
  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.response.headers.add('x-greeting', 'hello');
    return HeadersAction.Continue;
  }
}
registerPlugin(() => new MyPlugin());
`;

const named = (file: string): string => `@wasmcast/sdk/assembly/${file.replace(/\.ts$/, '')}`;

/** Imports what the bare filter needs by the files that have it, and the given files only for what happens when they are loaded. */
function source(alsoLoaded: readonly string[]): string {
  return `import { HeadersAction } from '${named('actions')}';
import { HttpFilter } from '${named('http-filter')}';
import { Plugin } from '${named('plugin')}';
import { registerPlugin } from '${named('registry')}';
${alsoLoaded.map((file) => `import '${named(file)}';`).join('\n')}
${bare}`;
}

test('a file of the SDK that is loaded and not used adds not a byte to a module', async () => {
  expect(files.length).toBeGreaterThan(45);
  const least = await built(source(['abi/exports.ts', 'abort.ts']));
  const most = await built(source(files));
  expect(most.length).toBe(least.length);
}, 60_000);

/** What a variable of a file may begin as: anything else is code in every module, or keeps what it makes alive there. */
const constant =
  /^(?:null|\d\w*(?: << \d+)?|memory\.data\(\d+\)|u32\.MAX_VALUE|[A-Z]\w*(?:\.\w+)?|changetype<\w+>\(\d+\)|offsetof<\w+>\('\w+'\))$/;

test.each(sources)('the variables of %s begin as constants', async (file) => {
  const text = await readFile(new URL(file, assembly), 'utf8');
  const variables = [...text.matchAll(/^(?:export )?(?:let|const) (\w+)[^;]*? = ([^;]+);$/gm)];
  expect(variables.length).toBe([...text.matchAll(/^(?:export )?(?:let|const) /gm)].length);
  const made = variables.filter(([, , value = '']) => !constant.test(value)).map(([line]) => line);
  expect(made).toEqual([]);
});
