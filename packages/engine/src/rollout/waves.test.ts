import { describe, expect, test } from 'vitest';
import {
  type GateSpec,
  type Journal,
  type StatsCheck,
  WasmcastError,
  type WaveSpec,
  workloadAddress,
} from '@wasmcast/core';
import { workloadId } from '../../../core/src/testing/values.ts';
import { RolloutWorld } from '../testing/rollout-world.ts';
import type { RolloutContext } from './context.ts';
import { batches } from './write-batches.ts';

const one: WaveSpec = { kind: 'count', workloads: 1 };
const half: WaveSpec = { kind: 'share', percent: 50 };
const untilPromoted: WaveSpec = { kind: 'pause', ms: undefined };
const names = ['a', 'b', 'c', 'd'];
const address = (name: string): string => workloadAddress(workloadId(name));

/** The id of the rollout that the target remembers. */
function idOf(world: RolloutWorld): string {
  return world.target.rollouts.record?.id ?? '';
}

function gate(check: GateSpec['check'], change: Partial<GateSpec> = {}): GateSpec {
  return { name: 'g', check, intervalMs: 1000, count: 1, failureLimit: 0, ...change };
}

const calm: StatsCheck = {
  kind: 'stats',
  maxVmFailures: 0,
  maxVmReloads: 0,
  maxRestarts: 0,
  maxUnavailable: 0,
  warmUpMs: 0,
  minRequests: 0,
};
const stats = gate({ ...calm, maxErrorRate: 0.01, minRequests: 10 });
/** A proxy that shows everything, and nothing wrong. */
const fine = { requests: 0, errors: 0, vmFailures: 0, vmReloads: 0, restarts: 0, ready: true };
const http = gate({ kind: 'http', url: 'http://probe', status: 200 });

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

describe('gates', () => {
  test('let the next wave begin when they pass as often as they must', async () => {
    const world = new RolloutWorld(names);
    let asked = 0;
    world.ask = async () => ({ status: ++asked === 2 ? 503 : 200, body: '' });
    const gates = [gate(http.check, { count: 2, failureLimit: 1 })];
    expect(await world.rollOut(world.wanted(), { waves: [half], gates })).toMatchObject({ outcome: 'live' });
    expect(world.events.flatMap((e) => (e.type === 'gate' ? [`${e.wave} ${e.outcome}`] : []))).toEqual([
      '1 pass',
      '1 fail',
      '1 pass',
      '2 pass',
      '2 pass',
    ]);
  });

  test('that fail take the wave back; nothing else was touched', async () => {
    const world = new RolloutWorld(names);
    let requests = 0;
    world.target.statsOf = () => ({ ...fine, requests: (requests += 100), errors: requests / 10 });
    const result = await world.rollOut(world.wanted(), { waves: [one], gates: [stats] });
    expect(result).toMatchObject({
      outcome: 'rolled-back',
      reason: 'gate g of wave 1: 10 of 100 requests ended in 5xx, more than 1 %',
    });
    expect(new Set(world.target.applied)).toEqual(new Set([`set ${address('a')}`]));
    expect(world.target.chains.size).toBe(0);
  });

  test('without data never pass: the rollout waits for a person', async () => {
    const world = new RolloutWorld(names);
    world.target.statsOf = () => ({ ...fine, requests: undefined as never });
    const result = await world.rollOut(world.wanted(), { waves: [one], gates: [stats] });
    expect(result).toMatchObject({
      outcome: 'paused',
      reason: expect.stringContaining('its proxy does not count them (inconclusive)') as string,
    });
    expect(world.installed()).toEqual({ a: 'x', b: '-', c: '-', d: '-' });
    expect(world.target.rollouts.record).toMatchObject({ phase: 'paused', finished: 0 });
  });

  test('that cannot be measured are tried again, and then wait for a person', async () => {
    const world = new RolloutWorld(names);
    let asked = 0;
    world.ask = async () => {
      asked += 1;
      throw new Error('connect ECONNREFUSED');
    };
    const result = await world.rollOut(world.wanted(), { waves: [one], gates: [http] });
    expect(result).toMatchObject({
      outcome: 'paused',
      reason: expect.stringContaining('ECONNREFUSED (error)') as string,
    });
    expect(asked).toBe(5);
  });

  test('are measured for as long as the wave pauses', async () => {
    const world = new RolloutWorld(names);
    let asked = 0;
    world.ask = async () => ({ status: ++asked > 30 ? 503 : 200, body: '' });
    const pause: WaveSpec = { kind: 'pause', ms: 60_000 };
    expect(await world.rollOut(world.wanted(), { waves: [one, pause], gates: [http] })).toMatchObject({
      outcome: 'rolled-back',
      reason: 'gate g of wave 1: http://probe/ answered 503',
    });
    expect(asked).toBe(31);
    asked = -1_000_000;
    expect(await world.rollOut(world.wanted('y'), { waves: [one, pause], gates: [http] })).toMatchObject({
      outcome: 'live',
    });
    // All of the pause, and once after each of the other waves.
    expect(asked + 1_000_000).toBe(61);
  });

  test('may fail as often as they may, all in all', async () => {
    const world = new RolloutWorld(names);
    let asked = 0;
    world.ask = async () => ({ status: ++asked % 10 === 0 ? 503 : 200, body: '' });
    const gates = [gate(http.check, { failureLimit: 2 })];
    const waves: WaveSpec[] = [one, { kind: 'pause', ms: 60_000 }];
    expect(await world.rollOut(world.wanted(), { waves, gates })).toMatchObject({ outcome: 'rolled-back' });
    expect(asked).toBe(30);
  });

  test('that fail count for more than those that do not know', async () => {
    const world = new RolloutWorld(names);
    world.ask = async ({ url }) => {
      if (url.includes('blind')) return { status: 202, body: 'not yet' };
      return { status: world.clock.now() < 20_000 ? 200 : 503, body: '' };
    };
    const blind = gate({ kind: 'webhook', url: 'http://blind' }, { name: 'blind' });
    const slow = gate(http.check, { name: 'slow', count: 10, intervalMs: 5000 });
    const gates = [blind, slow];
    expect(await world.rollOut(world.wanted(), { waves: [one], gates })).toMatchObject({
      outcome: 'rolled-back',
      reason: expect.stringMatching(/^gate slow of wave 1/) as string,
    });
    world.ask = async ({ url }) => ({ status: url.includes('blind') ? 202 : 200, body: '' });
    const waves: WaveSpec[] = [one, { kind: 'pause', ms: 3_600_000 }];
    const before = world.clock.now();
    expect(await world.rollOut(world.wanted(), { waves, gates })).toMatchObject({
      outcome: 'paused',
      reason: expect.stringMatching(/^gate blind of wave 1: .*inconclusive/) as string,
    });
    // Nobody waits an hour for what is known to need a person.
    expect(world.clock.now() - before).toBeLessThan(120_000);
  });

  test('look at the directions that change, together, and before the wave', async () => {
    const world = new RolloutWorld(['a']);
    await world.rollOut(world.wanted());
    world.target.statsOf = () => fine;
    const chains = world.wanted().flatMap((chain) => [chain, { ...chain, direction: 'outbound' as const }]);
    const gates = [gate(calm), gate(calm, { name: 'h' })];
    expect(await world.rollOut(chains, { gates })).toMatchObject({ outcome: 'live' });
    const { measured } = world.target;
    expect(measured).toHaveLength(3);
    expect(new Set(measured.flat().flatMap(({ directions }) => directions))).toEqual(new Set(['outbound']));
  });

  test('keep to themselves what stands in a URL beside its path', async () => {
    const world = new RolloutWorld(names);
    const url = 'https://probe.example/health?token=s3cret';
    world.ask = async ({ url: asked }) => {
      throw new TypeError(`fetch failed: ${asked}`, { cause: new Error('connect ECONNREFUSED') });
    };
    const gates = [
      gate({ kind: 'http', url, status: 200 }),
      gate({ kind: 'webhook', url }, { name: 'hook' }),
      gate({ kind: 'prometheus', url, query: 'up', min: 1, max: undefined }, { name: 'query' }),
    ];
    const result = await world.rollOut(world.wanted(), { waves: [one], gates });
    expect(result).toMatchObject({
      outcome: 'paused',
      reason: expect.stringContaining('https://probe.example/health?…: fetch failed: ') as string,
    });
    expect(JSON.stringify([result, world.events, world.target.rollouts.record])).not.toContain('s3cret');
  });
});

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
    const asked = { id: 'q', kind: 'pause', by: 'you@there' } as const;
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
      { id: 'q', kind: 'promote', by: 'you' },
      AbortSignal.timeout(1000),
    );
    expect(await running).toMatchObject({ outcome: 'live' });
    expect(world.clock.now()).toBeLessThan(60_000);
  });

  test('aborts from elsewhere', async () => {
    const world = new RolloutWorld(names);
    const running = world.rollOut(world.wanted(), { waves: [one, { kind: 'pause', ms: 60_000 }] });
    await world.clock.sleep(10_000, new AbortController().signal);
    await world.target.rollouts.ask(
      'shop',
      idOf(world),
      { id: 'q', kind: 'abort', by: 'you' },
      AbortSignal.timeout(1000),
    );
    expect(await running).toMatchObject({ outcome: 'rolled-back', reason: 'you asked to abort it' });
    expect(world.target.chains.size).toBe(0);
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
