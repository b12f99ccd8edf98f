import { appendFile, chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JournalEntry } from '@wasmcast/core';
import { journalPath, openFileJournal } from './file-journal.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-journal-'));
  file = journalPath(folder, 'laptop', 'shop');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const intent = (step: string): JournalEntry => ({ kind: 'intent', rollout: 'r1', step });

/** Opens the journal, appends, closes. */
async function append(...entries: readonly JournalEntry[]): Promise<void> {
  await using journal = await openFileJournal(file);
  for (const entry of entries) await journal.append(entry);
}

/** The steps of all whole lines. */
async function steps(): Promise<readonly string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.endsWith('}'));
  return lines.map((line) => (JSON.parse(line) as { readonly step: string }).step);
}

test('keeps what was appended, over several openings, each line with its schema and time', async () => {
  await append(intent('one'));
  await append(intent('two'));
  expect(await steps()).toEqual(['one', 'two']);
  const [line = ''] = (await readFile(file, 'utf8')).split('\n');
  expect(JSON.parse(line)).toEqual({
    schema: 1,
    at: expect.stringMatching(/^\d{4}-/),
    kind: 'intent',
    rollout: 'r1',
    step: 'one',
  });
});

test('entries appended side by side are whole lines in the order of the calls', async () => {
  const names = Array.from({ length: 50 }, (_, i) => `${i} ${'x'.repeat(i * 100)}`);
  {
    await using journal = await openFileJournal(file);
    await Promise.all(names.map((name) => journal.append(intent(name))));
  }
  expect(await steps()).toEqual(names);
});

test('every entry that shares a write is refused when the write fails', async () => {
  const journal = await openFileJournal(file);
  await journal[Symbol.asyncDispose]();
  const results = await Promise.allSettled(
    ['one', 'two', 'three'].map((name) => journal.append(intent(name))),
  );
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected']);
  await expect(journal.append(intent('four'))).rejects.toMatchObject({ code: 'EBADF' });
});

test('a torn last line does not swallow the next entry', async () => {
  await append(intent('one'));
  await appendFile(file, '{"schema":1,"at":"2026-01-01T00:00:00.000Z","kind":"inte');
  await append(intent('two'));
  expect(await steps()).toEqual(['one', 'two']);
});

test('only its owner can read it, also if it was there before with other permissions', async () => {
  await append(intent('one'));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
  await chmod(file, 0o644);
  await append(intent('two'));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('one that has grown to its limit is moved aside: never more than two are kept', async () => {
  for (let i = 0; i < 30; i++) {
    await using journal = await openFileJournal(file, 1000);
    await journal.append(intent(`step ${i}`));
  }
  const sizes = [(await stat(file)).size, (await stat(`${file}.1`)).size];
  expect(Math.max(...sizes)).toBeLessThan(1200);
  await expect(stat(`${file}.2`)).rejects.toMatchObject({ code: 'ENOENT' });
  expect((await steps()).at(-1)).toBe('step 29');
});

test('a folder that cannot be made refuses the rollout before anything is written', async () => {
  await writeFile(path.join(folder, 'wasmcast'), 'in the way');
  await expect(openFileJournal(file)).rejects.toMatchObject({ code: 'WC-JRN-002' });
});
