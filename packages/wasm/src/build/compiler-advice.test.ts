import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildFilter } from './build-filter.ts';
import { withShortNames } from './compiler-advice.ts';
import { CompilerProcess } from './compiler-process.ts';

let root: string;
const compiler = new CompilerProcess();

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'wasmcast-advice-'));
  await mkdir(join(root, 'assembly'));
});
afterAll(async () => {
  await compiler[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

/** What the compiler says of a statement in a function that has `text`, `maybe` and `list`, and what is advised. */
async function told(statement: string): Promise<string> {
  const source = `
class Action { static Continue: i32 = 0; }
function take(make: () => Action): void {}
export function f(text: string, maybe: string | null, list: i32[]): void {
  ${statement}
}`;
  await writeFile(join(root, 'assembly/index.ts'), source);
  const result = await buildFilter({ root, mode: 'release' }, undefined, compiler);
  const [first] = result.diagnostics;
  return `${first?.summary}; ${first?.help}`;
}

test.each([
  ['list.map<string>((n) => text);', /closures: keep/],
  ['try { text.trim(); } catch (e) {}', /no exceptions/],
  ['/a/.test(text);', /startsWith/],
  ['for (const n of list) n.toString();', /count instead/],
  ['const all = [...list];', /list\.slice/],
  ['let a: string | i32 = 5;', /one type/],
  ['if (maybe === undefined) return;', /only null/],
  ['JSON.parse(text);', /parseJson/],
  ['fetch(text);', /extends HttpCall/],
  ['setTimeout(() => {}, 5);', /setTickPeriod/],
  ['Buffer.from(text);', /; Buffer belongs to Node/],
  ['let a: any = 5;', /every value has a type/],
  ['text = maybe;', /^Type 'string \| null' is not assignable to type 'string'; ask first/],
  ['text = list.length;', /^Type 'i32' is not assignable to type 'string'; write value\.toString\(\)/],
  ['const a: i32 = 1.5;', /write <i32>value/],
  ['const a = { b: 5 };', /needs a class/],
  ['take(new Action());', /is not assignable to type '\(\) => Action'/],
  ['Action.StopIteration;', /^Property 'StopIteration' does not exist on type '(typeof )?Action'; .*Pause/],
  ['const n = maybe?.length;', /no `\?\.`/],
  ['const { length } = list;', /by its name/],
  ['const a = await fetch(text);', /nothing is awaited/],
  [
    '} import { readFile } from "node:fs"; export function g(): void { readFile;',
    /^File .*; node:fs belongs to Node/,
  ],
  ['} import { a } from "none"; export function g(): void { a;', /npm install none\)/],
])('%s', { timeout: 60_000 }, async (statement, advised) => {
  expect(await told(statement)).toMatch(advised);
});

test('a name is told without its file, also inside of another', () => {
  expect(
    withShortNames("Type '~lib/array/Array<~lib/string/String> | null' of 'assembly/lib/a-b/Mine'"),
  ).toBe("Type 'Array<string> | null' of 'Mine'");
});
