import { expect, test } from 'vitest';
import { mapBounded } from './map-bounded.ts';

const never = new AbortController().signal;

test('runs no more than the limit at a time and keeps the order', async () => {
  let running = 0;
  let most = 0;
  const results = await mapBounded([5, 1, 4, 2, 3], 2, never, async (n) => {
    most = Math.max(most, (running += 1));
    for (let i = 0; i < n; i++) await Promise.resolve();
    running -= 1;
    return n * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30]);
  expect(most).toBe(2);
});

test('the first failure aborts the others, which are waited for, and is thrown', async () => {
  const ended: string[] = [];
  const work = mapBounded(['waits', 'fails', 'later'], 2, never, async (name, signal) => {
    if (name === 'fails') throw new Error('no');
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    ended.push(name);
  });
  await expect(work).rejects.toThrow('no');
  expect(ended).toEqual(['waits']);
});

test('an aborted signal begins nothing', async () => {
  const began: number[] = [];
  const work = mapBounded([1, 2], 1, AbortSignal.abort(new Error('stop')), async (n) => began.push(n));
  await expect(work).rejects.toThrow('stop');
  expect(began).toEqual([]);
});
