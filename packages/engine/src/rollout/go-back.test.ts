import { describe, expect, test } from 'vitest';
import { type Chain, type Journal, WasmcastError, type WaveSpec, workloadAddress } from '@wasmcast/core';
import { desiredFilter, digest, workloadId } from '../../../core/src/testing/values.ts';
import { RolloutWorld } from '../testing/rollout-world.ts';
import type { RolloutContext, RolloutResult } from './context.ts';

const one: WaveSpec = { kind: 'count', workloads: 1 };
const half: WaveSpec = { kind: 'share', percent: 50 };
const names = ['a', 'b', 'c', 'd'];
const address = (name: string): string => workloadAddress(workloadId(name));

describe('a way back', () => {
  test('is not taken because a target cannot be reached: the next apply goes on', async () => {
    const world = new RolloutWorld(names);
    let isAway = false;
    world.target.beforeVerify = () => {
      isAway ||= world.installed()['b'] === 'x';
      if (isAway) throw new WasmcastError('WC-MEM-069', 'away', { exit: 'unreachable' });
    };
    const policy = { waves: [one, half], timeoutMs: 60_000 };
    expect(await world.rollOut(world.wanted(), policy)).toMatchObject({
      outcome: 'failed',
      error: { code: 'WC-MEM-069' },
    });
    expect(world.installed()).toEqual({ a: 'x', b: 'x', c: '-', d: '-' });
    world.target.beforeVerify = () => undefined;
    expect(await world.rollOut(world.wanted(), policy)).toMatchObject({
      outcome: 'live',
      live: 4,
      revision: 1,
    });
  });

  test('is at its end when what was changed is back, whatever became of what was not', async () => {
    const world = new RolloutWorld(names);
    await world.rollOut(world.wanted('old'));
    world.target.beforeVerify = () => {
      // Somebody takes the filter of a workload away that the rollout has nothing to do with.
      world.target.chains.delete(`${address('d')} inbound`);
    };
    const chains = [...world.wanted('new').slice(0, 1), ...world.wanted('old').slice(1)];
    const result = await world.rollOut(chains, { waves: [one], timeoutMs: 5000 });
    expect(result).toMatchObject({ outcome: 'rolled-back', instances: 1, live: 1 });
    expect(result.reason).toContain('1 of 4 instances not live');
    expect(world.installed()).toEqual({ a: 'old', b: 'old', c: 'old', d: '-' });
  });

  describe('after a VM died, of one of several filters', () => {
    const chains = (config: string, module: string): Chain[] => {
      const world = new RolloutWorld(names);
      const neighbour = desiredFilter('b', { moduleDigest: digest(module) });
      return world.wanted(config).map((chain) => ({ ...chain, filters: [...chain.filters, neighbour] }));
    };
    /** Filter `a` is changed, and a VM dies when workload `a` has the new one. */
    const failing = async (
      module: string,
      unsure: readonly string[],
    ): Promise<readonly [RolloutWorld, RolloutResult]> => {
      const world = new RolloutWorld(names);
      const policy = { waves: [one], timeoutMs: 5000 };
      expect(await world.rollOut(chains('x', module), policy)).toMatchObject({ outcome: 'live' });
      let isDead = false;
      world.target.verdictOn = (workload, filter) => {
        isDead ||= world.installed()['a'] === 'y';
        return isDead && workload === 'a' && unsure.includes(filter) ? 'maybe-crashed' : 'live';
      };
      return [world, await world.rollOut(chains('y', module), policy)];
    };

    test('is at its end although nobody can tell whether it was that of a filter which nobody changed', async () => {
      const [world, result] = await failing('b', ['b']);
      expect(result).toMatchObject({ outcome: 'rolled-back', instances: 4, live: 3 });
      expect(result.reason).toContain('b is maybe-crashed');
      expect(world.installed()).toEqual({ a: 'x', b: 'x', c: 'x', d: 'x' });
      const remarks = world.events.filter(({ type }) => type === 'remark');
      expect(remarks).toMatchObject([
        { code: 'WC-RUN-006', error: expect.stringMatching(/^on 1 of 4 instances .*a\/a: b /) as string },
      ]);
    });

    test.each([
      ['the filter that was changed', 'b', ['a', 'b']],
      ['one that may share the VM of that', 'a', ['b']],
    ] as const)('is not when %s may be dead', async (_what, module, unsure) => {
      const [world, result] = await failing(module, unsure);
      expect(result).toMatchObject({ outcome: 'failed' });
      expect(result.reason).toMatch(/and the way back: 1 of \d instances not live .*maybe-crashed/);
      expect(world.installed()).toEqual({ a: 'x', b: 'x', c: 'x', d: 'x' });
    });
  });

  test.each([
    [undefined, new Error('refused')],
    [1, new Error('refused')],
    [undefined, new WasmcastError('WC-MEM-009', 'a webhook is down: refused', { exit: 'unreachable' })],
  ])(
    'takes back what it can where one workload cannot be written, and says so (%s restart at a time, %s)',
    async (maxRestarting, refusal) => {
      // More than are written side by side.
      const many = Array.from({ length: 40 }, (_, i) => `w${i}`);
      const world = new RolloutWorld(['a', ...many, 'd']);
      world.target.restarts = 1;
      await world.rollOut(world.wanted('old'));
      world.target.verdictOn = (workload) =>
        workload === 'd' && world.installed()['d'] === 'new' ? 'crashed' : 'live';
      world.target.beforeApply = ({ workload, after }) => {
        if (workload === address('a') && JSON.stringify(after).includes('old')) throw refusal;
      };
      const policy = { timeoutMs: 5000, maxRestarting };
      const result = await world.rollOut(world.wanted('new'), policy);
      expect(result).toMatchObject({ outcome: 'failed', failedStep: `set ${address('a')}` });
      expect(result.reason).toMatch(/d: a is crashed; and the way back: set .*a: .*refused$/);
      const old = Object.fromEntries(world.names.map((name) => [name, 'old']));
      expect(world.installed()).toEqual({ ...old, a: 'new' });
      world.target.beforeApply = () => undefined;
      expect(await world.rollOut(world.wanted('new'), policy)).toMatchObject({ outcome: 'rolled-back' });
      expect(world.installed()).toEqual(old);
    },
  );

  test('waits once for a webhook that is down, and not for each of the workloads behind it', async () => {
    const world = new RolloutWorld(Array.from({ length: 100 }, (_, i) => `w${i}`));
    await world.rollOut(world.wanted('old'));
    world.target.verdictOn = (workload) =>
      workload === 'w7' && world.installed()['w7'] === 'new' ? 'crashed' : 'live';
    let tries = 0;
    world.target.beforeApply = ({ after }) => {
      if (!JSON.stringify(after).includes('old')) return;
      tries += 1;
      throw new WasmcastError('WC-MEM-009', 'a webhook is down', { exit: 'unreachable' });
    };
    const began = world.clock.now();
    expect(await world.rollOut(world.wanted('new'), { timeoutMs: 1000 })).toMatchObject({
      outcome: 'failed',
    });
    // 16 s of patience once, and 0.7 for each sixteen of the others.
    expect(world.clock.now() - began).toBeLessThan(25_000);
    expect(tries).toBeGreaterThan(2 * 100);
  });

  test('is not kept from its end by a journal that cannot be written', async () => {
    const world = new RolloutWorld(names);
    let isFull = false;
    world.target.beforeApply = (step) => {
      if (step.workload !== address('b') || step.after === null) return;
      isFull = true;
      throw new Error('no');
    };
    const openJournal: RolloutContext['openJournal'] = async () => {
      const real = await world.context().openJournal();
      const append: Journal['append'] = async (entry) => {
        if (isFull) throw new Error('no space left');
        await real.append(entry);
      };
      return { ...real, append };
    };
    expect(await world.rollOut(world.wanted(), { waves: [one] }, { openJournal })).toMatchObject({
      outcome: 'rolled-back',
    });
    expect(world.target.chains.size).toBe(0);
  });
});

describe('a rollout that was cut off', () => {
  test('writes nothing more when it wakes up and another one has begun', async () => {
    const world = new RolloutWorld(names);
    const asleep = Promise.withResolvers<void>();
    const slept = Promise.withResolvers<void>();
    let first = true;
    world.target.beforeApply = async () => {
      if (!first) return;
      first = false;
      slept.resolve();
      await asleep.promise;
    };
    const old = world.rollOut(world.wanted('old'), { waves: [one] });
    await slept.promise;
    // It sleeps in its first write; somebody breaks its lock, and another batch goes live meanwhile.
    world.target.holder = undefined;
    expect(await world.rollOut(world.wanted('new'))).toMatchObject({ outcome: 'live' });
    await world.clock.sleep(5000, new AbortController().signal);
    asleep.resolve();
    expect(await old).toMatchObject({ outcome: 'failed' });
    expect(world.installed()).toEqual({ a: 'new', b: 'new', c: 'new', d: 'new' });
  });

  test('goes on where it was, and knows what to go back to', async () => {
    const world = new RolloutWorld(names);
    await world.rollOut(world.wanted('old'));
    const stop = new AbortController();
    const policy = { waves: [one, { kind: 'pause', ms: 60_000 } as const] };
    const running = world.rollOut(world.wanted('new'), policy, { stop: stop.signal });
    await world.clock.sleep(10_000, new AbortController().signal);
    stop.abort();
    expect(await running).toMatchObject({ outcome: 'interrupted' });
    // Another one takes its place, and fails: both go back to what was there before the first.
    world.target.beforeApply = (step) => {
      if (step.workload === address('c') && !JSON.stringify(step.after).includes('old'))
        throw new Error('no');
    };
    expect(await world.rollOut(world.wanted('newer'))).toMatchObject({ outcome: 'rolled-back' });
    expect(world.installed()).toEqual({ a: 'old', b: 'old', c: 'old', d: 'old' });
  });

  test('is not finished by a process that was thought dead', async () => {
    const world = new RolloutWorld(names);
    const policy = { waves: [one, { kind: 'pause', ms: 60_000 } as const] };
    const asleep = world.rollOut(world.wanted(), policy);
    await world.clock.sleep(10_000, new AbortController().signal);
    // Somebody breaks its lock and takes the rollout over.
    world.target.holder = undefined;
    const other = await world.rollOut(world.wanted(), policy, { order: 'promote' });
    expect(other).toMatchObject({ outcome: 'live' });
    expect(await asleep).toMatchObject({ outcome: 'failed', error: { code: 'WC-ROLL-010' } });
    expect(world.target.stored).toHaveLength(1);
  });
});
