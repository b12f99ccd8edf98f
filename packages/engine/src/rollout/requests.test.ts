import { describe, expect, test } from 'vitest';
import { type WaveSpec } from '@wasmcast/core';
import { RolloutWorld } from '../testing/rollout-world.ts';

const one: WaveSpec = { kind: 'count', workloads: 1 };
const half: WaveSpec = { kind: 'share', percent: 50 };
const untilPromoted: WaveSpec = { kind: 'pause', ms: undefined };
const names = ['a', 'b', 'c', 'd'];

/** The id of the rollout that the target remembers. */
function idOf(world: RolloutWorld): string {
  return world.target.rollouts.record?.id ?? '';
}

describe('a person', () => {
  test('promotes over a pause; apply alone does not', async () => {
    const world = new RolloutWorld(names);
    const policy = { waves: [one, untilPromoted, half, untilPromoted] };
    const reason = 'wave 1 of 3 is live and waits for `wasmcast promote`';
    expect(await world.rollOut(world.wanted(), policy)).toMatchObject({ outcome: 'paused', reason });
    expect(await world.rollOut(world.wanted(), policy)).toMatchObject({
      outcome: 'paused',
      reason,
      writes: 0,
    });
    expect(await world.rollOut(world.wanted(), policy, { order: 'promote' })).toMatchObject({
      outcome: 'paused',
      reason: 'wave 2 of 3 is live and waits for `wasmcast promote`',
    });
    expect(world.installed()).toEqual({ a: 'x', b: 'x', c: '-', d: '-' });
    expect(await world.rollOut(world.wanted(), policy, { order: 'promote' })).toMatchObject({
      outcome: 'live',
      live: 4,
      revision: 1,
    });
  });

  test('aborts what waits: what was there before is live again', async () => {
    const world = new RolloutWorld(names);
    await world.rollOut(world.wanted('old'));
    await world.rollOut(world.wanted('new'), { waves: [one, untilPromoted] });
    expect(world.installed()).toMatchObject({ a: 'new', b: 'old' });
    expect(await world.rollOut(world.wanted('new'), {}, { order: 'abort' })).toMatchObject({
      outcome: 'rolled-back',
      reason: 'me@here aborted it',
    });
    expect(world.installed()).toEqual({ a: 'old', b: 'old', c: 'old', d: 'old' });
  });

  test('pauses from elsewhere a rollout that runs, and resumes it', async () => {
    const world = new RolloutWorld(names);
    const policy = { waves: [one, { kind: 'pause', ms: 60_000 } as const] };
    const running = world.rollOut(world.wanted(), policy);
    await world.clock.sleep(10_000, new AbortController().signal);
    const asked = { id: 'q', kind: 'pause', by: 'you@there', finished: 0 } as const;
    expect(await world.target.rollouts.ask('shop', idOf(world), asked, AbortSignal.timeout(1000))).toBe(true);
    expect(await running).toMatchObject({ outcome: 'paused', reason: 'you@there asked to pause it' });
    expect(world.installed()).toEqual({ a: 'x', b: '-', c: '-', d: '-' });
    expect(await world.rollOut(world.wanted(), policy, { order: 'resume' })).toMatchObject({
      outcome: 'live',
    });
  });

  test('promotes from elsewhere over the rest of a pause', async () => {
    const world = new RolloutWorld(names);
    const running = world.rollOut(world.wanted(), { waves: [one, { kind: 'pause', ms: 3_600_000 }] });
    await world.clock.sleep(10_000, new AbortController().signal);
    await world.target.rollouts.ask(
      'shop',
      idOf(world),
      { id: 'q', kind: 'promote', by: 'you', finished: 0 },
      AbortSignal.timeout(1000),
    );
    expect(await running).toMatchObject({ outcome: 'live' });
    expect(world.clock.now()).toBeLessThan(60_000);
  });

  test('promotes the wave that was meant, and not the one that began when it had passed by itself', async () => {
    const world = new RolloutWorld(names);
    const pause = { kind: 'pause', ms: 60_000 } as const;
    const running = world.rollOut(world.wanted(), { waves: [one, pause, half, pause] });
    const { signal } = new AbortController();
    await world.clock.sleep(70_000, signal);
    expect(world.target.rollouts.record).toMatchObject({ finished: 1 });
    const asked = { id: 'q', kind: 'promote', by: 'you', finished: 0 } as const;
    await world.target.rollouts.ask('shop', idOf(world), asked, signal);
    expect(await running).toMatchObject({ outcome: 'live' });
    expect(world.clock.now()).toBeGreaterThanOrEqual(120_000);
  });

  test('aborts from elsewhere', async () => {
    const world = new RolloutWorld(names);
    const running = world.rollOut(world.wanted(), { waves: [one, { kind: 'pause', ms: 60_000 }] });
    await world.clock.sleep(10_000, new AbortController().signal);
    await world.target.rollouts.ask(
      'shop',
      idOf(world),
      { id: 'q', kind: 'abort', by: 'you', finished: 0 },
      AbortSignal.timeout(1000),
    );
    expect(await running).toMatchObject({ outcome: 'rolled-back', reason: 'you asked to abort it' });
    expect(world.target.chains.size).toBe(0);
  });
});
