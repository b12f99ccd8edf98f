import { describe, expect, test } from 'vitest';
import { type GateSpec, type StatsCheck, type WaveSpec, workloadAddress } from '@wasmcast/core';
import { workloadId } from '../../../core/src/testing/values.ts';
import { RolloutWorld } from '../testing/rollout-world.ts';

const one: WaveSpec = { kind: 'count', workloads: 1 };
const half: WaveSpec = { kind: 'share', percent: 50 };
const names = ['a', 'b', 'c', 'd'];
const address = (name: string): string => workloadAddress(workloadId(name));

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

  test('do not pass where no instance is there any more, nor wait for one for good', async () => {
    const world = new RolloutWorld(names);
    world.target.statsOf = () => fine;
    world.target.measure = async function* nobody(this: void, [query]) {
      const before = { workload: workloadId('a'), name: 'a', uid: '1' };
      if (query !== undefined && world.installed()['a'] === '-') yield { instance: before, ...fine };
    };
    const result = await world.rollOut(world.wanted(), { waves: [one], gates: [stats], timeoutMs: 60_000 });
    const reason = 'gate g of wave 1: none of 1 instances is there (inconclusive)';
    expect(result).toMatchObject({ outcome: 'paused', reason });
    expect(world.events.filter(({ type }) => type === 'gate').length).toBeGreaterThan(60);
  });

  test('wait for an instance that starts as long as one may take, and not for good', async () => {
    const world = new RolloutWorld(names);
    const starting = { fault: 'it starts', ready: false };
    world.target.statsOf = () => (world.installed()['a'] === '-' ? fine : starting);
    const gates = [gate({ ...calm, maxUnavailable: 1 })];
    const result = await world.rollOut(world.wanted(), { waves: [one], gates, timeoutMs: 20_000 });
    expect(result).toMatchObject({ outcome: 'paused' });
    expect(result.reason).toMatch(/does not show whether VMs of filters died: it starts;/);
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

  test('are not passed by because something else is wanted by then, of which all is written already', async () => {
    const world = new RolloutWorld(names);
    world.ask = async () => ({ status: 503, body: '' });
    const gates = [http];
    const stay = { waves: [half], gates, onFailure: 'stop' } as const;
    expect(await world.rollOut(world.wanted(), stay)).toMatchObject({ outcome: 'failed' });
    expect(world.installed()).toEqual({ a: 'x', b: 'x', c: '-', d: '-' });
    const less = await world.plan(world.wanted().slice(0, 2), { gates });
    expect(less.targets[0]).toMatchObject({ steps: [], unfinished: { same: false } });
    expect(await world.run(less)).toMatchObject({ outcome: 'rolled-back' });
    expect(world.target.chains.size).toBe(0);
    expect(world.target.stored).toEqual([]);
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
