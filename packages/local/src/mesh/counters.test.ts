import { describe, expect, it } from 'vitest';
import { Counters } from './counters.ts';
import type { RunningPlugin } from './filter-runtime.ts';

describe('counters', () => {
  it('tell answers, failures and refusals apart, and leave out who left', () => {
    const counters = new Counters();
    for (const end of [200, 403, 404, 500, 503, 'broken-off', 'left'] as const) counters.ended(end, 1);
    expect(counters.counts).toMatchObject({ requests: 6, errors: 3, denied: 1 });
  });

  it('know the p99 of the last minute', () => {
    let now = 0;
    const counters = new Counters(() => now);
    expect(counters.counts.p99Ms).toBeUndefined();
    for (let ms = 1; ms <= 200; ms++) counters.ended(200, ms);
    expect(counters.counts.p99Ms).toBe(198);
    now = 60_001;
    expect(counters.counts).toEqual({ requests: 200, errors: 0, denied: 0, vmFailures: 0, vmReloads: 0 });
    counters.ended(200, 7);
    expect(counters.counts.p99Ms).toBe(7);
  });

  it('forget the oldest of very many', () => {
    const counters = new Counters();
    for (let i = 0; i < 500; i++) counters.ended(200, 1000);
    for (let i = 0; i < 1024; i++) counters.ended(200, 2);
    expect(counters.counts).toMatchObject({ requests: 1524, p99Ms: 2 });
  });

  it('count the death of a VM once, and that of its successor again', () => {
    const counters = new Counters();
    let dead: string | undefined;
    const plugin = {
      get dead() {
        return dead;
      },
    } as RunningPlugin;
    const look = (state: string | undefined): number => {
      dead = state;
      counters.look([plugin]);
      return counters.counts.vmFailures;
    };
    expect([look(undefined), look('trap'), look('trap'), look(undefined), look('trap')]).toEqual([
      0, 1, 1, 1, 2,
    ]);
    expect(counters.counts.vmReloads).toBe(1);
  });
});
