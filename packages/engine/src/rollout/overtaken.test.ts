import { expect, test } from 'vitest';
import { type RolloutPolicy, type RolloutStore, WasmcastError } from '@wasmcast/core';
import { faultyTarget } from '../testing/faulty-target.ts';
import { Random } from '../testing/random.ts';
import { RolloutWorld } from '../testing/rollout-world.ts';
import type { RolloutResult } from './context.ts';

const sleeper = 'sleeper@here';
const policy: Partial<RolloutPolicy> = {
  waves: [
    { kind: 'count', workloads: 1 },
    { kind: 'share', percent: 50 },
  ],
};

/** What somebody else does while a rollout of `new` over `old` is suspended, and which batch is live then. */
const successors: Readonly<
  Record<string, readonly [live: string, (w: RolloutWorld) => Promise<RolloutResult>]>
> = {
  'goes on with the same': ['new', (world) => world.rollOut(world.wanted('new'), policy)],
  'rolls out something newer': ['newer', (world) => world.rollOut(world.wanted('newer'), policy)],
  'rolls out what was there before': ['old', (world) => world.rollOut(world.wanted('old'), policy)],
  'rolls out something newer, and then what was there before': [
    'old',
    async (world) => {
      await world.rollOut(world.wanted('newer'));
      return await world.rollOut(world.wanted('old'));
    },
  ],
};

/**
 * What a process that was overtaken must leave as it is. One whose rollout had ended may still record that, if nothing was
 * recorded since: it was live.
 */
function remembered({ target: { stored, rollouts } }: RolloutWorld, hadEnded: boolean): object {
  const revisions = stored.filter((r) => !hadEnded || r.by !== sleeper);
  return { revisions: revisions.map((r) => [r.number, r.by]), rollout: rollouts.record };
}

/** Suspends a rollout at one of its calls, lets somebody else run, wakes it up; false if it ends before that call. */
async function overtake(
  suspendedAt: number,
  [live, successor]: (typeof successors)[string],
): Promise<boolean> {
  const world = new RolloutWorld(['a', 'b', 'c', 'd']);
  await world.rollOut(world.wanted('old'));
  const plan = await world.plan(world.wanted('new'), policy);
  const planned = new Map(world.target.versions);
  const faults = { refused: 0, lost: 0, away: 0, killedAt: undefined, lastWriteLands: false, suspendedAt };
  const { target, suspended, wake } = faultyTarget(world.target, faults, new Random(0));
  const running = world.run(plan, { target, by: sleeper });
  const sleeps = await Promise.race([running.then(() => false), suspended.then(() => true)]);
  if (!sleeps) return false;

  const hadEnded = world.target.rollouts.record === undefined && world.installed()['d'] === 'new';
  world.target.holder = undefined;
  expect(await successor(world)).toMatchObject({ outcome: 'live' });
  const before = { suspendedAt, ...remembered(world, hadEnded) };
  const versions = new Map(world.target.versions);
  wake();
  await running;
  expect({ suspendedAt, ...remembered(world, hadEnded) }).toEqual(before);
  // What was on its way already may arrive, but only where the successor found nothing to write.
  const written = [...world.target.versions].filter(([key, version]) => versions.get(key) !== version);
  for (const [key] of written)
    expect([suspendedAt, key, versions.get(key)]).toEqual([suspendedAt, key, planned.get(key)]);
  // That is seen as drift, and mended.
  expect(await world.rollOut(world.wanted(live))).toMatchObject({ outcome: 'live' });
  expect(new Set(Object.values(world.installed()))).toEqual(new Set([live]));
  return true;
}

test.each(Object.entries(successors))(
  'suspended at any call while somebody else %s, it takes nothing newer away when it wakes up',
  async (_what, successor) => {
    // The first call takes the lock: who is suspended there has not begun.
    let points = 1;
    while (await overtake(points, successor)) points += 1;
    expect(points).toBeGreaterThan(15);
  },
);

test('a plan is refused when another batch became live before it got the lock', async () => {
  const world = new RolloutWorld(['a', 'b']);
  await world.rollOut(world.wanted('old'));
  const plan = await world.plan(world.wanted('new'));
  await world.rollOut(world.wanted('newer'));
  expect(await world.run(plan)).toMatchObject({ outcome: 'failed', error: { code: 'WC-ROLL-011' } });
  expect(world.installed()).toEqual({ a: 'newer', b: 'newer' });
});

test('what is live and could not be recorded is seen by a plan from before: the rollout is not over', async () => {
  const world = new RolloutWorld(['a', 'b']);
  await world.rollOut(world.wanted('old'));
  const plan = await world.plan(world.wanted('new'));
  const put = () => Promise.reject(new Error('no room'));
  const target = { ...world.target, revisions: { ...world.target.revisions, put } };
  const first = await world.run(await world.plan(world.wanted('new')), { target });
  expect(first).toMatchObject({ outcome: 'failed', reason: 'no room' });
  expect(world.installed()).toEqual({ a: 'new', b: 'new' });
  // It would go back to what it found, which is not what was live last.
  expect(await world.run(plan)).toMatchObject({ outcome: 'failed', error: { code: 'WC-ROLL-011' } });
  expect(await world.rollOut(world.wanted('new'))).toMatchObject({ outcome: 'live', revision: 2 });
  expect(world.target.rollouts.record).toBeUndefined();
});

test('what another process of the same person wrote is not taken for a write of ours whose answer was lost', async () => {
  const world = new RolloutWorld(['a', 'b']);
  world.target.verdictOn = () => 'crashed';
  await world.rollOut(world.wanted('new'), { onFailure: 'stop' });
  const unlucky = { refused: 0, lost: 0, away: 0, killedAt: undefined, lastWriteLands: false };
  const other = faultyTarget(world.target, { ...unlucky, killedAt: 4, lastWriteLands: true }, new Random(0));
  const plans = [await world.plan(world.wanted('new')), await world.plan(world.wanted('new'))] as const;
  const { rollouts } = world.target;
  let isFirst = true;
  const write: typeof rollouts.write = async (...args) => {
    if (!isFirst) return await rollouts.write(...args);
    isFirst = false;
    world.target.holder = undefined;
    await Promise.race([world.run(plans[1], { target: other.target, order: 'resume' }), other.died]);
    throw new WasmcastError('WC-SIM-002', 'the answer was lost', { exit: 'unreachable' });
  };
  const store: RolloutStore = {
    read: (...args) => rollouts.read(...args),
    look: (...args) => rollouts.look(...args),
    ask: (...args) => rollouts.ask(...args),
    delete: (...args) => rollouts.delete(...args),
    write,
  };
  const target = { ...world.target, rollouts: store };
  const ours = await world.run(plans[0], { target, order: 'resume' });
  expect(ours).toMatchObject({ outcome: 'failed', error: { code: 'WC-ROLL-010' } });
});
