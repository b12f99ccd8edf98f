import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BuildInput, stampOf } from '@wasmcast/wasm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileChanges } from './file-changes.ts';

let root: string;
let changes: FileChanges;
const never = new AbortController().signal;

beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'wasmcast-changes-')));
  changes = new FileChanges();
});
afterEach(async () => {
  changes[Symbol.dispose]();
  await rm(root, { recursive: true, force: true });
});

function put(name: string, text: string): void {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Files as they are now. */
function now(...names: readonly string[]): readonly BuildInput[] {
  return names.map((name) => {
    const file = path.join(root, name);
    const stamp = stampOf(file);
    return stamp === undefined ? { path: file } : { path: file, stamp };
  });
}

/** What changes once it is waited for, by what is done then. */
async function next(files: readonly BuildInput[], act: () => void): Promise<readonly string[]> {
  const changed = changes.next(files, never);
  act();
  return (await changed).map((file) => path.relative(root, file));
}

test('a file that is written, replaced or removed', async () => {
  put('a.ts', 'one');
  expect(await next(now('a.ts'), () => put('a.ts', 'two'))).toEqual(['a.ts']);
  put('new.ts', 'three');
  expect(await next(now('a.ts'), () => renameSync(`${root}/new.ts`, `${root}/a.ts`))).toEqual(['a.ts']);
  expect(await next(now('a.ts'), () => rmSync(`${root}/a.ts`))).toEqual(['a.ts']);
});

test('what changed before it is waited for', async () => {
  put('a.ts', 'one');
  const before = now('a.ts');
  put('a.ts', 'two');
  expect(await next(before, () => undefined)).toEqual(['a.ts']);
});

test('a file that comes with its folders, one of them after the other', async () => {
  const waiting = changes.next(now('x/y/z.ts'), never);
  mkdirSync(`${root}/x`);
  setImmediate(() => put('x/y/z.ts', 'here'));
  expect(await waiting).toEqual([`${root}/x/y/z.ts`]);
});

test('a folder that is removed and made again, twice', async () => {
  put('lib/a.ts', 'one');
  for (const text of ['two', 'three']) {
    const before = now('lib/a.ts');
    const act = (): void => {
      rmSync(`${root}/lib`, { recursive: true });
      put('lib/a.ts', text);
    };
    expect(await next(before, act)).toEqual(['lib/a.ts']);
  }
});

test('a burst is one change', async () => {
  put('a.ts', 'one');
  put('b.ts', 'one');
  const waiting = next(now('a.ts', 'b.ts'), () => put('a.ts', 'two'));
  setImmediate(() => put('b.ts', 'two'));
  expect(await waiting).toEqual(['a.ts', 'b.ts']);
});

test('files beside them, and a file that ends as it was, are none', async () => {
  put('a.ts', 'one');
  const act = (): void => {
    put('other.ts', 'two');
    renameSync(`${root}/a.ts`, `${root}/b.ts`);
    setImmediate(() => {
      renameSync(`${root}/b.ts`, `${root}/a.ts`);
      setImmediate(() => put('c.ts', 'three'));
    });
  };
  expect(await next(now('a.ts', 'c.ts'), act)).toEqual(['c.ts']);
});

test('an interrupt ends the wait', async () => {
  const stop = new AbortController();
  put('a.ts', 'one');
  const waiting = changes.next(now('a.ts'), stop.signal);
  stop.abort();
  expect(await waiting).toEqual([]);
});
