import { expect, test } from 'vitest';
import type { RolloutPolicy, RolloutRecord, WaveSpec } from '@wasmcast/core';
import { seeds } from '@wasmcast/core/testing';
import { type Faults, faultyTarget } from '../testing/faulty-target.ts';
import { Random } from '../testing/random.ts';
import { RolloutWorld } from '../testing/rollout-world.ts';
import type { RolloutResult } from './context.ts';

/** Processes that may run one after the other until the rollout has ended. */
const processes = 12;

/** A process that is suspended. */
interface Sleeper {
  /** How often each chain had been written when it fell asleep, and what the target remembered. */
  readonly versions: ReadonlyMap<string, number>;
  readonly record: RolloutRecord | undefined;
  /** Wakes it up, and waits until it has ended. */
  readonly wake: () => Promise<unknown>;
}

/**
 * One schedule: a batch is rolled out onto a world where some things fail, processes are killed, or suspended and woken up
 * when others have run, and somebody may change the batch in the middle, until a quiet world lets it come to an end. What
 * must hold whatever happens:
 *
 * - At the end every workload has the newest chain, or every one has what it had at first.
 * - There is a revision for what is live at the end, and none for what never was.
 * - No wave is written before all of the waves before it have been.
 * - Who wakes up writes over nothing that others wrote since its plan, nor over the record of their rollout; and what was on
 *   its way already when it was suspended is mended by the next one.
 */
async function simulate(seed: number): Promise<{ readonly found: object; readonly wanted: object }> {
  const random = new Random(seed);
  const names = Array.from({ length: 1 + random.below(6) }, (_, i) => `w${i}`);
  const world = new RolloutWorld(names);
  const hasOld = random.chance(0.7);
  if (hasOld) await world.rollOut(world.wanted('old'));
  let before = world.installed();
  const wasLive = new Set(hasOld ? ['old'] : []);
  const policy = somePolicy(random);
  const changesAt = random.chance(0.3) ? random.below(4) : processes;
  const tooEarly = watchOrder(world);

  let result: RolloutResult | undefined;
  let batch = 'new';
  const sleepers: Sleeper[] = [];
  const overwritten: string[] = [];
  /** What is live, though it failed at saying so, is what whatever comes next goes back to. */
  const noteLive = (): void => {
    if (world.target.rollouts.record !== undefined) return;
    const [live] = names.map((name) => world.installed()[name]);
    if (live === undefined || !everywhere(world, live)) return;
    before = world.installed();
    wasLive.add(live);
  };
  const wakeAll = async (): Promise<void> => {
    const { beforeApply } = world.target;
    // What was on its way when they fell asleep comes in no order.
    world.target.beforeApply = () => undefined;
    for (const sleeper of sleepers.splice(0)) {
      overwritten.push(...(await wake(sleeper, world)));
      noteLive();
    }
    world.target.beforeApply = beforeApply;
  };
  for (let process = 0; process < processes; process++) {
    if (random.chance(0.5)) await wakeAll();
    if (process === changesAt) batch = 'newer';
    // Later processes have better luck, the last ones no bad luck at all.
    const luck = process > 5 ? 0 : 0.1 / (process + 1);
    world.target.lag = random.below(4);
    result = await oneProcess(world, batch, policy, someFaults(random, luck), random, sleepers);
    if (result?.outcome === 'live' || result?.outcome === 'rolled-back') break;
    noteLive();
  }
  const live = result?.outcome === 'live';
  if (live) wasLive.add(batch);
  const found = {
    seed,
    tooEarly,
    outcome: result?.outcome,
    installed: world.installed(),
    falseRevisions: recorded(world).filter((config) => !wasLive.has(config)),
    newest: live ? recorded(world).at(-1) : undefined,
    overwritten,
  };
  await wakeAll();
  if (live) await world.rollOut(world.wanted(batch));
  const wanted = {
    seed,
    overwritten: [],
    tooEarly: [],
    outcome: expect.stringMatching(/^(live|rolled-back)$/) as string,
    installed: live ? Object.fromEntries(names.map((name) => [name, batch])) : before,
    falseRevisions: [],
    newest: live ? batch : undefined,
  };
  if (live && !everywhere(world, batch)) overwritten.push('what was not mended');
  return { found, wanted };
}

/**
 * Wakes a process up; returns what it has written over although others wrote there since it fell asleep. One that nobody took
 * the rollout from is free to mend what another sleeper, woken up before it, still had on its way.
 */
async function wake(sleeper: Sleeper, { target }: RolloutWorld): Promise<readonly string[]> {
  const versions = new Map(target.versions);
  const { record } = target.rollouts;
  await sleeper.wake();
  if (record !== undefined && record === sleeper.record) return [];
  const changed = [...target.versions].filter(([key, version]) => versions.get(key) !== version);
  return [
    ...changed.flatMap(([key]) => (versions.get(key) === sleeper.versions.get(key) ? [] : key)),
    ...(record === undefined || record === target.rollouts.record ? [] : ['the record']),
  ];
}

/** What the revisions say was live, oldest first. */
function recorded(world: RolloutWorld): readonly string[] {
  return world.target.stored.map(({ filters: [filter] }) =>
    filter?.config.kind === 'text' ? filter.config.text : '-',
  );
}

function everywhere(world: RolloutWorld, batch: string): boolean {
  return Object.values(world.installed()).every((config) => config === batch);
}

/** Plans and rolls out as one process does, which may be killed or suspended; the next one breaks its lock. */
async function oneProcess(
  world: RolloutWorld,
  batch: string,
  policy: Partial<RolloutPolicy>,
  faults: Faults,
  random: Random,
  sleepers: Sleeper[],
): Promise<RolloutResult | undefined> {
  world.target.holder = undefined;
  const plan = await world.plan(world.wanted(batch), policy);
  const { target, died, suspended, wake: wakeUp } = faultyTarget(world.target, faults, random);
  const running = world.run(plan, { target, order: random.chance(0.3) ? 'promote' : 'resume' });
  return await Promise.race([
    running,
    died.then(() => undefined),
    suspended.then(async () => {
      // What was called before comes to its end.
      await new Promise((resolve) => setImmediate(resolve));
      const versions = new Map(world.target.versions);
      const { record } = world.target.rollouts;
      const woken = async (): Promise<unknown> => {
        wakeUp();
        return await Promise.race([running, died]);
      };
      sleepers.push({ versions, record, wake: woken });
      return undefined;
    }),
  ]);
}

function somePolicy(random: Random): Partial<RolloutPolicy> {
  const waves: WaveSpec[] = [];
  for (let left = random.below(4); left > 0; left--) {
    if (random.chance(0.3)) waves.push({ kind: 'pause', ms: 5000 });
    waves.push({ kind: 'count', workloads: 1 + random.below(5) });
  }
  return { waves, timeoutMs: 5000, onFailure: random.chance(0.8) ? 'rollback' : 'stop' };
}

function someFaults(random: Random, luck: number): Faults {
  return {
    refused: luck,
    lost: luck,
    away: luck / 2,
    killedAt: luck > 0 && random.chance(0.5) ? random.below(40) : undefined,
    lastWriteLands: random.chance(0.5),
    ...(luck > 0 && random.chance(0.3) && { suspendedAt: random.below(40) }),
  };
}

/**
 * Notes every workload that is written before its wave may begin: waves are dealt of what has to change, and somebody's write that was
 * still on its way may have changed one of them by then.
 */
function watchOrder(world: RolloutWorld): readonly string[] {
  const tooEarly: string[] = [];
  world.target.beforeApply = ({ workload, after }) => {
    const batch = /newe?r?/.exec(JSON.stringify(after))?.[0];
    const { record } = world.target.rollouts;
    // The way back may go to a batch that is called new, too.
    if (batch === undefined || record === undefined || record.phase === 'going-back') return;
    const own = record.waves.findIndex(({ workloads }) => workloads.includes(workload ?? ''));
    const installed = world.installed();
    const before = record.waves
      .slice(0, Math.max(0, own))
      .flatMap(({ workloads }) => workloads)
      .filter((each) => installed[each.split('/').at(-1) ?? ''] !== batch);
    if (before.length > 0) tooEarly.push(`${workload} before ${before.join(', ')}`);
  };
  return tooEarly;
}

const schedules = seeds({ slice: 10_000, full: 100_000 }, process.env);

test(
  `a rollout ends whole, whatever fails and whoever is killed: ${schedules.length} schedules`,
  { timeout: 900_000 },
  async () => {
    for (const seed of schedules) {
      const { found, wanted } = await simulate(seed);
      expect(found).toEqual(wanted);
    }
  },
);
