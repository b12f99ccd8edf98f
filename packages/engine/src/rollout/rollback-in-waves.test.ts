import { describe, expect, test } from 'vitest';
import type { Fleet, GateSpec, Plan, WaveSpec } from '@wasmcast/core';
import { seeds } from '@wasmcast/core/testing';
import { rolloutPolicy } from '../../../core/src/testing/values.ts';
import { planRollback } from '../planning/plan-rollback.ts';
import { faultyTarget } from '../testing/faulty-target.ts';
import { Random } from '../testing/random.ts';
import { RolloutWorld } from '../testing/rollout-world.ts';
import type { RolloutContext, RolloutResult } from './context.ts';

const never = new AbortController().signal;
const names = ['a', 'b', 'c', 'd'];
const one: WaveSpec = { kind: 'count', workloads: 1 };
const gate: GateSpec = {
  name: 'g',
  check: { kind: 'http', url: 'http://probe', status: 200 },
  intervalMs: 1000,
  count: 1,
  failureLimit: 0,
};

/** A world in which `new` is live everywhere, and `old` was before. */
async function world(): Promise<RolloutWorld> {
  const made = new RolloutWorld(names);
  await made.rollOut(made.wanted('old'));
  await made.rollOut(made.wanted('new'));
  made.events.splice(0);
  return made;
}

/** The plan of `rollback 1`, with these waves; without, as somebody makes it who takes an unfinished one up. */
async function planned({ target }: RolloutWorld, waves?: readonly WaveSpec[]): Promise<Plan> {
  const rollout = rolloutPolicy({ gates: [gate], timeoutMs: 5000 });
  const fleet: Fleet = { name: 'shop', filters: [], targets: [], bindings: [], rollout };
  const { plan } = await planRollback(fleet, target, 1, never, waves);
  if (plan === undefined) throw new Error('no plan');
  return plan;
}

async function rollBack(
  on: RolloutWorld,
  waves?: readonly WaveSpec[],
  change: Partial<RolloutContext> = {},
): Promise<RolloutResult> {
  return await on.run(await planned(on, waves), change);
}

function gates({ events }: RolloutWorld): readonly string[] {
  return events.flatMap((e) => (e.type === 'gate' ? [`${e.wave} ${e.outcome}`] : []));
}

describe('a rollback in waves', () => {
  test('is watched by the gates of the manifest; one at once is not', async () => {
    const inWaves = await world();
    expect(await rollBack(inWaves, [one])).toMatchObject({ outcome: 'live' });
    expect(gates(inWaves)).toEqual(['1 pass', '2 pass']);
    const atOnce = await world();
    expect(await rollBack(atOnce)).toMatchObject({ outcome: 'live' });
    expect(gates(atOnce)).toEqual([]);
    expect([inWaves.installed()['d'], atOnce.installed()['d']]).toEqual(['old', 'old']);
  });

  test('pauses where a gate fails, and never goes back to what it came from', async () => {
    const on = await world();
    on.ask = async () => ({ status: 503, body: '' });
    const reason = 'gate g of wave 1: http://probe/ answered 503';
    expect(await rollBack(on, [one])).toMatchObject({ outcome: 'paused', reason });
    expect(on.installed()).toEqual({ a: 'old', b: 'new', c: 'new', d: 'new' });
    expect(await rollBack(on, undefined, { order: 'resume' })).toMatchObject({ outcome: 'paused', reason });
    expect(await rollBack(on, undefined, { order: 'promote' })).toMatchObject({
      outcome: 'paused',
      reason: 'gate g of wave 2: http://probe/ answered 503',
    });
    on.ask = async () => ({ status: 200, body: '' });
    expect(await rollBack(on, undefined, { order: 'resume' })).toMatchObject({
      outcome: 'live',
      revision: 3,
    });
    expect(gates(on)).toEqual(['1 fail', '1 fail', '2 fail', '2 pass']);
    expect(on.events.map(({ type }) => type)).not.toContain('going-back');
  });

  test('is watched by them though it is one wave only, also when it is taken up again', async () => {
    const on = await world();
    on.ask = async () => ({ status: 503, body: '' });
    const all: WaveSpec = { kind: 'share', percent: 100 };
    for (const waves of [[all], undefined]) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await rollBack(on, waves, { order: 'resume' })).toMatchObject({ outcome: 'paused' });
    }
    expect(await rollBack(on, undefined, { order: 'promote' })).toMatchObject({ outcome: 'live' });
  });

  test('is watched by them also when the one that began it was killed; one at once stays unwatched', async () => {
    for (const [waves, seen] of [
      [[{ kind: 'share', percent: 100 }], ['1 pass']],
      [undefined, []],
    ] as const) {
      const on = await world();
      const dead = { refused: 0, lost: 0, away: 0, killedAt: 8, lastWriteLands: true };
      const { target, died } = faultyTarget(on.target, dead, new Random(0));
      const running = on.run(await planned(on, waves), { target });
      expect(await Promise.race([running, died])).toBeUndefined();
      expect(on.target.rollouts.record).toMatchObject({ phase: 'rolling', finished: 0 });
      on.target.holder = undefined;
      expect(await rollBack(on, undefined, { order: 'resume' })).toMatchObject({ outcome: 'live' });
      expect(gates(on)).toEqual(seen);
    }
  });

  const schedules = seeds({ slice: 100, full: 5000 }, process.env);

  test(
    `ends where it was to go, whatever fails: ${schedules.length} schedules`,
    { timeout: 300_000 },
    async () => {
      for (const seed of schedules) {
        // oxlint-disable-next-line no-await-in-loop
        expect(await simulate(seed)).toEqual({
          seed,
          ended: 'live',
          tooEarly: [],
          wentBack: false,
          on: 'old',
        });
      }
    },
  );
});

/** Gates and calls fail by chance, processes are killed; each next one takes up what was left. */
async function simulate(seed: number): Promise<object> {
  const random = new Random(seed);
  const on = await world();
  let isPassed = false;
  const tooEarly: string[] = [];
  on.target.beforeApply = ({ workload = '' }) => {
    if (!workload.endsWith('/a') && !isPassed) tooEarly.push(workload);
  };
  let outcome: string | undefined;
  for (let process = 0; process < 12 && outcome !== 'live'; process++) {
    // The last ones have no bad luck at all.
    const luck = process > 6 ? 0 : 0.05;
    on.ask = async () => {
      const status = random.chance(luck * 10) ? 503 : 200;
      isPassed ||= status === 200;
      return { status, body: '' };
    };
    on.target.holder = undefined;
    const killedAt = luck > 0 && random.chance(0.3) ? random.below(40) : undefined;
    const faults = { refused: luck, lost: luck, away: luck, killedAt, lastWriteLands: random.chance(0.5) };
    const { target, died } = faultyTarget(on.target, faults, random);
    // oxlint-disable-next-line no-await-in-loop
    const plan = await planned(on, on.target.rollouts.record === undefined ? [one] : undefined);
    const running = on.run(plan, { target, order: 'resume' });
    // oxlint-disable-next-line no-await-in-loop
    const result = await Promise.race([running, died.then(() => undefined)]);
    outcome = result?.outcome;
  }
  const wentBack = on.events.some(({ type }) => type === 'going-back');
  const installed = [...new Set(Object.values(on.installed()))].join();
  return { seed, ended: outcome, tooEarly, wentBack, on: installed };
}
