import { expect, test } from 'vitest';
import type { RolloutPolicy, WaveSpec } from '@wasmcast/core';
import { seeds } from '@wasmcast/core/testing';
import { type Faults, faultyTarget } from '../testing/faulty-target.ts';
import { Random } from '../testing/random.ts';
import { RolloutWorld } from '../testing/rollout-world.ts';
import type { RolloutResult } from './context.ts';

/** Processes that may run one after the other until the rollout has ended. */
const processes = 12;

/**
 * One schedule: a batch is rolled out onto a world where some things fail, processes are killed, and somebody may change the
 * batch in the middle, until a quiet world lets it come to an end. What must hold whatever happens:
 *
 * - At the end every workload has the newest chain, or every one has what it had at first.
 * - There is a revision for what is live at the end, and none for what never was.
 * - No wave is written before all of the waves before it have been.
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
  const tooEarly = watchOrder(world, policy);

  let result: RolloutResult | undefined;
  let batch = 'new';
  for (let process = 0; process < processes; process++) {
    if (process === changesAt) batch = 'newer';
    // Later processes have better luck, the last ones no bad luck at all.
    const luck = process > 5 ? 0 : 0.1 / (process + 1);
    world.target.lag = random.below(4);
    result = await oneProcess(world, batch, policy, someFaults(random, luck), random);
    if (result?.outcome === 'live' || result?.outcome === 'rolled-back') break;
    // It was live, and failed only at saying so: this is what whatever comes next goes back to.
    if (world.target.rollouts.record === undefined && everywhere(world, batch)) {
      before = world.installed();
      wasLive.add(batch);
    }
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
  };
  const wanted = {
    seed,
    tooEarly: [],
    outcome: expect.stringMatching(/^(live|rolled-back)$/) as string,
    installed: live ? Object.fromEntries(names.map((name) => [name, batch])) : before,
    falseRevisions: [],
    newest: live ? batch : undefined,
  };
  return { found, wanted };
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

/** Plans and rolls out as one process does, which may be killed; the next one breaks its lock. */
async function oneProcess(
  world: RolloutWorld,
  batch: string,
  policy: Partial<RolloutPolicy>,
  faults: Faults,
  random: Random,
): Promise<RolloutResult | undefined> {
  world.target.holder = undefined;
  const plan = await world.plan(world.wanted(batch), policy);
  const { target, died } = faultyTarget(world.target, faults, random);
  return await Promise.race([
    world.run(plan, { target, order: random.chance(0.3) ? 'promote' : 'resume' }),
    died.then(() => undefined),
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
  };
}

/** Notes every workload that is written before its wave may begin. */
function watchOrder(world: RolloutWorld, { waves = [] }: Partial<RolloutPolicy>): readonly string[] {
  const sizes: number[] = [];
  for (const wave of waves) {
    if (wave.kind === 'count' && wave.workloads > (sizes.at(-1) ?? 0)) sizes.push(wave.workloads);
  }
  const tooEarly: string[] = [];
  world.target.beforeApply = (step) => {
    const batch = /newe?r?/.exec(JSON.stringify(step.after))?.[0];
    // The way back may go to a batch that is called new, too.
    if (batch === undefined || world.target.rollouts.record?.phase === 'going-back') return;
    const index = world.names.findIndex((name) => step.workload?.endsWith(`/${name}`));
    const begun = sizes.findLast((size) => size <= index) ?? 0;
    const installed = world.installed();
    const before = world.names.slice(0, begun).filter((name) => installed[name] !== batch);
    if (before.length > 0) tooEarly.push(`${world.names[index]} before ${before.join(', ')}`);
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
