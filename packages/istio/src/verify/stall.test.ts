import { describe, expect, it } from 'vitest';
import { judgeStall, readStall } from './stall.ts';

const stats = (uptime: number, ...misses: readonly number[]): string =>
  [
    `server.uptime: ${uptime}`,
    ...misses.map((count, i) => `server.worker_${i}.watchdog_mega_miss: ${count}`),
  ].join('\n');

describe('a worker that stands still', () => {
  it('was late, and the flush of statistics waits for it', () => {
    expect(readStall(stats(100, 0, 1), 123)).toMatch(/\(worker_1\) has stood still for 23 s/);
  });

  it.each([
    ['nobody was late', stats(100, 0, 0), 123],
    ['it was late once and is back', stats(120, 2), 123],
    ['the proxy does not say how long it is up', stats(100, 1), undefined],
    ['the statistic is not kept', 'server.worker_0.watchdog_mega_miss: 1', 123],
  ])('is none when %s', (_, page, uptime) => {
    expect(readStall(page, uptime)).toBeUndefined();
  });

  it('takes their life from the filters that seemed live, and leaves the others as they are', () => {
    const filter = (verdict: 'live' | 'pending') => ({ filter: 'f', direction: 'inbound', verdict }) as const;
    const judged = judgeStall([filter('live'), filter('pending')], 'it stands');
    expect(judged).toEqual([
      { ...filter('live'), verdict: 'crashed', evidence: 'it stands' },
      filter('pending'),
    ]);
    expect(judgeStall([filter('live')], undefined)).toEqual([filter('live')]);
  });
});
