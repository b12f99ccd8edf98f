import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseHar, type RecordedExchange } from '@wasmcast/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HarFile } from './har-file.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'wc-har-'))));
afterEach(() => rm(folder, { recursive: true }));

const facts = { service: 'shop/cart', answeredBy: 'upstream', startedAt: new Date(0), ms: 1 } as const;
const exchange = (at: number): RecordedExchange => ({
  request: {
    method: 'GET',
    path: `/${at}`,
    authority: 'x',
    scheme: 'http',
    headers: [['cookie', 'a=b']],
    body: Buffer.alloc(0),
    trailers: [],
  },
  response: { status: 200, headers: [], body: Buffer.alloc(100, 'x'), trailers: [] },
});

test('the file is a whole archive from its beginning and after each exchange, for its owner only', async () => {
  const file = path.join(folder, 'a.har');
  const read = async () => parseHar(file, await readFile(file, 'utf8'));
  {
    await using har = await HarFile.create(file, { secrets: false, onEnd: () => undefined });
    expect(await read()).toEqual({ exchanges: [], diagnostics: [] });
    for (let at = 0; at < 3; at++) har.exchange(exchange(at), facts);
    har.left();
  }
  const { exchanges, diagnostics } = await read();
  expect(diagnostics).toEqual([]);
  expect(exchanges.map(({ request }) => request.path)).toEqual(['/0', '/1', '/2']);
  expect(exchanges[0]?.request.headers).toEqual([['cookie', 'a=redacted']]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('secrets are kept when that is asked for', async () => {
  const file = path.join(folder, 'a.har');
  {
    await using har = await HarFile.create(file, { secrets: true, onEnd: () => undefined });
    har.exchange(exchange(0), facts);
  }
  const { exchanges } = parseHar(file, await readFile(file, 'utf8'));
  expect(exchanges[0]?.request.headers).toEqual([['cookie', 'a=b']]);
});

test('a full recording ends, is told once, and stays what it was', async () => {
  const file = path.join(folder, 'a.har');
  const ends: string[] = [];
  const onEnd = (reason: string): void => void ends.push(reason);
  const har = await HarFile.create(file, { secrets: false, onEnd, maxBytes: 2_000 });
  for (let at = 0; at < 9; at++) har.exchange(exchange(at), facts);
  await har[Symbol.asyncDispose]();
  const { recorded, left } = har.counts;
  expect([ends, recorded + left]).toEqual([['the recording is full'], 9]);
  expect(recorded).toBeGreaterThan(0);
  expect((await stat(file)).size).toBeLessThanOrEqual(2_000);
  expect(parseHar(file, await readFile(file, 'utf8')).exchanges).toHaveLength(recorded);
});

test('a file that is there is not written over', async () => {
  const file = path.join(folder, 'a.har');
  await writeFile(file, 'mine');
  const made = HarFile.create(file, { secrets: false, onEnd: () => undefined });
  await expect(made).rejects.toMatchObject({ code: 'WC-HAR-005' });
  expect(await readFile(file, 'utf8')).toBe('mine');
});
