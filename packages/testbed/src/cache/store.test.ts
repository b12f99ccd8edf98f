import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestbedEvent } from '../events.ts';
import { cacheRoot } from '../paths.ts';
import { ensureArtefact } from './store.ts';
import type { Recipe } from './store.ts';

describe.skipIf(process.platform !== 'linux')('the cache (Linux only: abstract sockets)', () => {
  const before = process.env['XDG_CACHE_HOME'];
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'testbed-cache-'));
    process.env['XDG_CACHE_HOME'] = folder;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
    await rm(folder, { recursive: true });
  });

  const counting = (fail = false): { readonly recipe: Recipe; readonly built: () => number } => {
    let built = 0;
    return {
      built: () => built,
      recipe: {
        component: 'thing',
        version: '1',
        async build(into) {
          built += 1;
          await writeFile(join(into, 'content'), String(built));
          if (fail) throw new Error('no luck');
        },
      },
    };
  };

  test('builds once for two who ask at the same time, and one of them is told that it waits', async () => {
    const { recipe, built } = counting();
    const events: TestbedEvent[] = [];
    const context = { emit: (event: TestbedEvent): void => void events.push(event) };
    const [a, b] = await Promise.all([ensureArtefact(recipe, context), ensureArtefact(recipe, context)]);
    expect(a).toBe(b);
    expect(await readFile(join(a, 'content'), 'utf8')).toBe('1');
    expect(built()).toBe(1);
    expect(events.map((event) => event.kind).toSorted((x, y) => x.localeCompare(y))).toEqual([
      'build-finished',
      'build-started',
      'waiting',
    ]);
  });

  test('keeps nothing of a build that failed, and what a dead builder left goes', async () => {
    const { recipe } = counting(true);
    const context = { emit: (): void => undefined };
    await expect(ensureArtefact(recipe, context)).rejects.toThrow('no luck');
    expect(await readdir(cacheRoot())).toEqual([]);
    await writeFile(join(cacheRoot(), 'thing-1.tmp-99999'), '');
    await ensureArtefact(counting().recipe, context);
    expect(await readdir(cacheRoot())).toEqual(['thing-1']);
  });
});
