import { describe, expect, test } from 'vitest';
import { WasmcastError, type WaveSpec } from '@wasmcast/core';
import { MemoryProbing } from '../testing/memory-probing.ts';
import { RolloutWorld } from '../testing/rollout-world.ts';

const waves: readonly WaveSpec[] = [{ kind: 'count', workloads: 1 }];
const a = 't/foo/LocalService/a';

function worldWithProbes(): { readonly world: RolloutWorld; readonly probing: MemoryProbing } {
  const world = new RolloutWorld(['a', 'b', 'c']);
  const probing = new MemoryProbing();
  world.target.probing = probing;
  return { world, probing };
}

const types = (world: RolloutWorld): readonly string[] => world.events.map((event) => event.type);

const ended = (world: RolloutWorld): unknown => world.events.find((event) => event.type === 'probe-done');

describe('what is tried first', () => {
  test('is one workload of the first wave, before anything is written', async () => {
    const { world, probing } = worldWithProbes();
    let written = 0;
    world.target.beforeApply = () => {
      written += 1;
      expect(probing.removed).toEqual([a]);
    };
    expect(await world.rollOut(world.wanted(), { waves })).toMatchObject({ outcome: 'live', writes: 3 });
    expect([probing.started, written]).toEqual([[a], 3]);
    expect(types(world).indexOf('probe-done')).toBeLessThan(types(world).indexOf('wave-started'));
  });

  test('keeps the first wave from beginning when it stays wrong, and nothing is left of the rollout', async () => {
    const { world, probing } = worldWithProbes();
    probing.shows = () => 'crashed';
    const result = await world.rollOut(world.wanted(), { waves });
    expect(result).toMatchObject({
      outcome: 'failed',
      writes: 0,
      reason: `probe of a for ${a}: the probe did not become live: a is crashed (so it says)`,
    });
    expect(world.clock.now()).toBeLessThan(11_000);
    expect(world.target.applied).toEqual([]);
    expect(world.target.rollouts.record).toBeUndefined();
    expect(probing.removed).toEqual([a]);
  });

  test('has time to start: what is wrong for a moment is not believed', async () => {
    const { world, probing } = worldWithProbes();
    probing.shows = () => (world.clock.now() < 5000 ? 'not-in-chain' : 'live');
    expect(await world.rollOut(world.wanted(), { waves })).toMatchObject({ outcome: 'live' });
  });

  test('fails when it is still pending at the end: missing data is never a pass', async () => {
    const { world, probing } = worldWithProbes();
    probing.shows = () => 'pending';
    const result = await world.rollOut(world.wanted(), { waves });
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/pending.*after 180 s/) as string,
    });
  });

  test.each([
    ['it may not be started', (probing: MemoryProbing) => void (probing.beforeStart = refuse)],
    ['it finds no room', (probing: MemoryProbing) => void (probing.hindrance = 'no room')],
    ['nobody may read it', (probing: MemoryProbing) => void (probing.shows = () => 'not-permitted')],
  ])('decides nothing when %s, unless it is required', async (_why, hinder) => {
    const { world, probing } = worldWithProbes();
    hinder(probing);
    const required = await world.rollOut(world.wanted(), { waves, probe: 'required' });
    expect([required.outcome, world.target.applied]).toEqual(['failed', []]);
    expect(ended(world)).toMatchObject({ outcome: 'inconclusive' });
    expect(await world.rollOut(world.wanted(), { waves })).toMatchObject({ outcome: 'live' });
  });

  test('is begun again when the rollout goes on, until a wave is through', async () => {
    const { world, probing } = worldWithProbes();
    const stop = new AbortController();
    probing.shows = () => {
      stop.abort();
      return 'pending';
    };
    const wanted = world.wanted();
    expect(await world.rollOut(wanted, { waves }, { stop: stop.signal })).toMatchObject({
      outcome: 'interrupted',
    });
    expect(probing.removed).toEqual([a]);
    probing.shows = () => 'live';
    const paused: readonly WaveSpec[] = [...waves, { kind: 'pause', ms: undefined }];
    await world.rollOut(wanted, { waves: paused });
    expect(probing.started).toEqual([a, a]);
    await world.rollOut(wanted, { waves: paused }, { order: 'promote' });
    expect(probing.started).toEqual([a, a]);
  });

  test('is nothing when nothing begins to run', async () => {
    const { world, probing } = worldWithProbes();
    await world.rollOut(world.wanted(), { probe: 'off' });
    await world.rollOut([], {});
    expect(probing.started).toEqual([]);
  });
});

function refuse(): never {
  throw new WasmcastError('WC-KUBE-003', 'exceeded quota');
}
