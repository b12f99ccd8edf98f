import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { WaveSpec } from '../model/rollout-policy.ts';
import { keepWaves, planWaves, type WaveCandidate } from './plan-waves.ts';

function candidate(name: string, change: Partial<WaveCandidate> = {}): WaveCandidate {
  return { address: `t/foo/LocalService/${name}`, labels: {}, instances: 1, restarts: 0, ...change };
}

/** Names of the workloads, wave by wave. */
function dealt(waves: readonly WaveSpec[], changed: readonly WaveCandidate[]): string[][] {
  return planWaves({ waves }, changed).map((wave) => wave.workloads.map((w) => w.split('/').at(-1) ?? ''));
}

const ten = 'abcdefghij'.split('').map((name) => candidate(name));

describe('waves', () => {
  it('count from the beginning: a share takes what is missing to it', () => {
    const waves: WaveSpec[] = [
      { kind: 'count', workloads: 1 },
      { kind: 'share', percent: 10 },
      { kind: 'share', percent: 50 },
      { kind: 'share', percent: 100 },
    ];
    expect(dealt(waves, ten)).toEqual([['a'], ['b', 'c', 'd', 'e'], ['f', 'g', 'h', 'i', 'j']]);
  });

  it('begin with the smallest workloads', () => {
    const changed = [
      candidate('big', { instances: 9 }),
      candidate('small'),
      candidate('mid', { instances: 2 }),
    ];
    expect(dealt([{ kind: 'count', workloads: 2 }], changed)).toEqual([['small', 'mid'], ['big']]);
    const empty = candidate('empty', { instances: 0 });
    expect(dealt([{ kind: 'count', workloads: 1 }], [empty, ...changed])).toEqual([
      ['small'],
      ['mid', 'big', 'empty'],
    ]);
  });

  it('take a namespace or a label whole', () => {
    const staging = candidate('s', { address: 't/staging/LocalService/s' });
    const canary = candidate('c', { labels: { tier: 'canary' } });
    const waves: WaveSpec[] = [
      { kind: 'label', key: 'tier', value: 'canary' },
      { kind: 'namespace', namespace: 'staging' },
    ];
    expect(dealt(waves, [...ten.slice(0, 2), staging, canary])).toEqual([['c'], ['s'], ['a', 'b']]);
  });

  it('take a target whole; what stands behind another target concerns that one alone', () => {
    const waves: WaveSpec[] = [
      { kind: 'target', target: 'canary' },
      { kind: 'pause', ms: undefined },
      { kind: 'count', workloads: 1 },
      { kind: 'target', target: 'early' },
      { kind: 'pause', ms: 5 },
    ];
    const on = (target: string): readonly WaveCandidate[] =>
      ['a', 'b', 'c'].map((name) => candidate(name, { address: `${target}/foo/LocalService/${name}` }));
    const shape = (target: string): readonly unknown[] =>
      planWaves({ waves }, on(target)).map(({ workloads, manual, pauseMs }) => [
        workloads.length,
        manual,
        pauseMs,
      ]);
    expect(shape('canary')).toEqual([[3, true, 0]]);
    expect(shape('early')).toEqual([
      [1, false, 0],
      [2, false, 5],
    ]);
    expect(shape('late')).toEqual([
      [1, false, 0],
      [2, false, 0],
    ]);
  });

  it('keep the pause behind a wave, whoever takes nothing in between', () => {
    const waves: WaveSpec[] = [
      { kind: 'pause', ms: 1 },
      { kind: 'count', workloads: 3 },
      { kind: 'count', workloads: 2 },
      { kind: 'pause', ms: 1000 },
      { kind: 'pause', ms: undefined },
    ];
    expect(planWaves({ waves }, ten)).toMatchObject([
      { instances: 3, pauseMs: 1000, manual: true },
      { instances: 7, pauseMs: 0, manual: false },
    ]);
  });

  it('of a rollout that goes on stay as they were dealt, whatever was scaled since', () => {
    const begun = planWaves({ waves: [{ kind: 'count', workloads: 1 }] }, [candidate('a'), candidate('b')]);
    const scaled = [candidate('a', { instances: 9 }), candidate('b'), candidate('new')];
    expect(keepWaves(begun, scaled).map((wave) => wave.workloads.map((w) => w.split('/').at(-1)))).toEqual([
      ['a'],
      ['b'],
      ['new'],
    ]);
    expect(keepWaves(begun, [])).toEqual(begun);
  });

  it('take every workload exactly once, whatever the policy and the order of the workloads', () => {
    const spec: fc.Arbitrary<WaveSpec> = fc.oneof(
      fc.record({ kind: fc.constant('count' as const), workloads: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ kind: fc.constant('share' as const), percent: fc.integer({ min: 1, max: 100 }) }),
      fc.record({ kind: fc.constant('pause' as const), ms: fc.constantFrom(undefined, 5) }),
      fc.record({ kind: fc.constant('target' as const), target: fc.constantFrom('t', 'other') }),
      fc.record({ kind: fc.constant('namespace' as const), namespace: fc.constantFrom('foo', 'bar') }),
    );
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { maxLength: 25 });
    fc.assert(
      fc.property(fc.array(spec), names, fc.infiniteStream(fc.nat(5)), (waves, list, sizes) => {
        const changed = list.map((name) => candidate(name, { instances: sizes.next().value as number }));
        const all = dealt(waves, changed);
        expect(all.flat().toSorted()).toEqual(list.toSorted());
        expect(all.every((wave) => wave.length > 0)).toBe(true);
        expect(dealt(waves, changed.toReversed())).toEqual(all);
      }),
    );
  });
});
