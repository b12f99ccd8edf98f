import { expect, test } from 'vitest';
import type { Journal, RolloutPolicy } from '@wasmcast/core';
import { type Faults, faultyTarget } from '../testing/faulty-target.ts';
import { Random } from '../testing/random.ts';
import { RolloutWorld } from '../testing/rollout-world.ts';

const names = ['a', 'b', 'c', 'd'];
const policy: Partial<RolloutPolicy> = {
  waves: [
    { kind: 'count', workloads: 1 },
    { kind: 'pause', ms: 5000 },
    { kind: 'share', percent: 50 },
  ],
};

const noFaults: Faults = { refused: 0, lost: 0, away: 0, killedAt: undefined, lastWriteLands: false };

/** A world in which `old` is live everywhere and `new` is about to be. */
async function worldBefore(): Promise<RolloutWorld> {
  const world = new RolloutWorld(names);
  await world.rollOut(world.wanted('old'));
  world.target.applied.length = 0;
  world.journal.length = 0;
  return world;
}

/** What must be the same however often the rollout was killed on its way. */
function endOf(world: RolloutWorld): object {
  return {
    installed: world.installed(),
    // Each write took effect once, in whichever process.
    effects: world.target.applied.toSorted(),
    revisions: world.target.stored.map((r) => [r.number, r.cause]),
    remembered: world.target.rollouts.record,
  };
}

async function undisturbed(): Promise<object> {
  const world = await worldBefore();
  await world.rollOut(world.wanted('new'), policy);
  return endOf(world);
}

/** The process is gone; somebody breaks its lock, and applies again. */
async function finish(world: RolloutWorld): Promise<object> {
  world.target.holder = undefined;
  expect(await world.rollOut(world.wanted('new'), policy)).toMatchObject({ outcome: 'live' });
  return endOf(world);
}

test.each([false, true])('killed at any call to the target, its write lands: %s', async (lastWriteLands) => {
  const wanted = await undisturbed();
  let points = 0;
  for (let killedAt = 0; ; killedAt++) {
    const world = await worldBefore();
    const faults = { ...noFaults, killedAt, lastWriteLands };
    const { target, died } = faultyTarget(world.target, faults, new Random(0));
    const plan = await world.plan(world.wanted('new'), policy);
    const ended = await Promise.race([world.run(plan, { target }), died.then(() => 'killed' as const)]);
    if (ended !== 'killed') break;
    points += 1;
    expect({ killedAt, ...(await finish(world)) }).toEqual({ killedAt, ...wanted });
  }
  expect(points).toBeGreaterThan(20);
});

test.each([false, true])('killed at any line of the journal, it is on disk: %s', async (isOnDisk) => {
  const wanted = await undisturbed();
  let points = 0;
  for (let killedAt = 0; ; killedAt++) {
    const world = await worldBefore();
    let lines = 0;
    let die = (): void => undefined;
    const died = new Promise<'killed'>((resolve) => (die = () => resolve('killed')));
    const openJournal = async (): Promise<Journal> => {
      const real = await world.context().openJournal();
      const append: Journal['append'] = async (entry) => {
        const isLast = lines++ === killedAt;
        if (lines > killedAt + 1 || (isLast && !isOnDisk)) {
          die();
          return await new Promise<never>(() => undefined);
        }
        await real.append(entry);
        if (!isLast) return undefined;
        die();
        return await new Promise<never>(() => undefined);
      };
      return { ...real, append };
    };
    const ended = await Promise.race([world.rollOut(world.wanted('new'), policy, { openJournal }), died]);
    if (ended !== 'killed') break;
    points += 1;
    expect({ killedAt, ...(await finish(world)) }).toEqual({ killedAt, ...wanted });
  }
  expect(points).toBe(10);
});
