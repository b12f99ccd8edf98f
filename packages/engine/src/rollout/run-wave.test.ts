import { describe, expect, test } from 'vitest';
import { type WaveSpec, workloadAddress } from '@wasmcast/core';
import { workloadId } from '../../../core/src/testing/values.ts';
import { RolloutWorld } from '../testing/rollout-world.ts';
import { batches } from './write-batches.ts';

const one: WaveSpec = { kind: 'count', workloads: 1 };
const half: WaveSpec = { kind: 'share', percent: 50 };
const untilPromoted: WaveSpec = { kind: 'pause', ms: undefined };
const names = ['a', 'b', 'c', 'd'];
const address = (name: string): string => workloadAddress(workloadId(name));

describe('waves', () => {
  test('begin only when every instance of the one before is seen live', async () => {
    const world = new RolloutWorld(names);
    world.target.lag = 2;
    const installed: string[][] = [];
    world.target.beforeApply = async () => {
      installed.push(
        Object.entries(world.installed()).flatMap(([name, config]) => (config === 'x' ? [name] : [])),
      );
    };
    expect(await world.rollOut(world.wanted(), { waves: [one, half] })).toMatchObject({
      outcome: 'live',
      live: 4,
      writes: 4,
    });
    const told = world.events.flatMap((e) =>
      e.type === 'wave-started'
        ? [`${e.wave}/${e.waves} ${e.workloads.length}`]
        : e.type === 'wave-done'
          ? ['done']
          : [],
    );
    expect(told).toEqual(['1/3 1', 'done', '2/3 1', 'done', '3/3 2', 'done']);
    expect(installed).toEqual([[], ['a'], ['a', 'b'], ['a', 'b']]);
    expect(world.target.rollouts.record).toBeUndefined();
  });

  test('one that does not get live ends it before the next, and goes back', async () => {
    const world = new RolloutWorld(names);
    await world.rollOut(world.wanted('old'));
    world.target.applied.length = 0;
    world.target.lag = 1_000_000;
    world.target.beforeApply = (step) => {
      // What goes back is seen at once; what is new never is.
      world.target.lag = JSON.stringify(step.after).includes('old') ? 0 : 1_000_000;
    };
    const result = await world.rollOut(world.wanted('new'), { waves: [one] });
    expect(result).toMatchObject({
      outcome: 'rolled-back',
      reason: expect.stringMatching(
        /1 of 1 instances not live after 5 s; first t\/foo\/LocalService\/a\/a: a is wrong-config/,
      ) as string,
    });
    expect(world.target.applied).toEqual([`set ${address('a')}`, `set ${address('a')}`]);
    expect(world.installed()).toEqual({ a: 'old', b: 'old', c: 'old', d: 'old' });
    expect(world.target.stored.map((r) => r.number)).toEqual([1]);
    expect(world.target.rollouts.record).toMatchObject({ phase: 'went-back', reason: result.reason });
  });

  test('a first rollout that fails leaves nothing', async () => {
    const world = new RolloutWorld(names);
    world.target.beforeApply = (step) => {
      if (step.workload === address('c') && step.after !== null) throw new Error('no');
    };
    const result = await world.rollOut(world.wanted(), { waves: [half] });
    expect(result).toMatchObject({ outcome: 'rolled-back', reason: `set ${address('c')}: no` });
    expect(world.target.chains.size).toBe(0);
  });

  test('restart at most so many workloads at a time', () => {
    const wave = { workloads: ['a', 'b', 'c', 'd', 'e'] };
    const restarts = ['a', 'c', 'e'].map((workload) => ({ workload }));
    const sets = (max: number | undefined): string[][] =>
      batches(wave, restarts, max).map((batch) => [...batch]);
    expect(sets(undefined)).toEqual([['a', 'b', 'c', 'd', 'e']]);
    expect(sets(3)).toEqual([['a', 'b', 'c', 'd', 'e']]);
    expect(sets(2)).toEqual([['b', 'd'], ['a', 'c'], ['e']]);
  });

  /** Notes the writes and the readings of a world, one letter each: `r`, or the workload that is written. */
  function noting(world: RolloutWorld): { readonly text: () => string; readonly clear: () => void } {
    let notes = '';
    world.target.beforeApply = (step) => void (notes += step.workload?.at(-1));
    world.target.beforeVerify = () => void (notes += 'r');
    return { text: () => notes, clear: () => (notes = '') };
  }

  test('that are through are repaired as carefully as they were written', async () => {
    const world = new RolloutWorld(names);
    world.target.restarts = 1;
    const policy = { waves: [{ kind: 'count', workloads: 3 } as const, untilPromoted], maxRestarting: 1 };
    expect(await world.rollOut(world.wanted(), policy)).toMatchObject({ outcome: 'paused' });
    const notes = noting(world);
    for (const name of ['a', 'b', 'c']) world.target.chains.delete(`${address(name)} inbound`);
    expect(await world.rollOut(world.wanted(), policy, { order: 'promote' })).toMatchObject({
      outcome: 'live',
    });
    expect(notes.text()).toMatch(/^ar+br+cr+dr+$/);
  });

  test('that go back restart no more at a time either; one that does not come back keeps none from it', async () => {
    const world = new RolloutWorld(names);
    await world.rollOut(world.wanted('old'));
    world.target.restarts = 1;
    const policy = { waves: [{ kind: 'count', workloads: 3 } as const, untilPromoted], maxRestarting: 1 };
    await world.rollOut(world.wanted('new'), policy);
    const notes = noting(world);
    expect(await world.rollOut(world.wanted('new'), policy, { order: 'abort' })).toMatchObject({
      outcome: 'rolled-back',
    });
    expect(notes.text()).toMatch(/^ar+br+cr+$/);

    await world.rollOut(world.wanted('new'), policy);
    world.target.lag = 1_000_000;
    expect(await world.rollOut(world.wanted('new'), policy, { order: 'abort' })).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('the way back') as string,
    });
    expect(world.installed()).toEqual({ a: 'old', b: 'old', c: 'old', d: 'old' });
    expect(world.target.rollouts.record).toMatchObject({ phase: 'going-back' });
  });
});

describe('a rollout that is live', () => {
  test('stays live when something cannot be cleaned away', async () => {
    const world = new RolloutWorld(names);
    const plan = await world.plan(world.wanted());
    const [part] = plan.targets;
    const [step] = part?.steps ?? [];
    if (part === undefined || step === undefined) throw new Error('no plan');
    const old = { ...step, id: 'clean', stage: 'cleanup' as const, precondition: { key: 'old', version: 0 } };
    world.target.beforeApply = ({ stage }) => {
      if (stage === 'cleanup') throw new Error('pods still use it');
    };
    expect(await world.run({ ...plan, targets: [{ ...part, steps: [...part.steps, old] }] })).toMatchObject({
      outcome: 'live',
      revision: 1,
    });
    expect(world.events).toContainEqual(expect.objectContaining({ type: 'remark', code: 'WC-RUN-004' }));
    expect(world.installed()).toEqual({ a: 'x', b: 'x', c: 'x', d: 'x' });
  });
});
