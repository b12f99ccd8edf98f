import { expect, test } from 'vitest';
import type { Chain, GateSpec, RolloutPolicy } from '@wasmcast/core';
import { seeds } from '@wasmcast/core/testing';
import { faultyTarget } from '../testing/faulty-target.ts';
import { Random } from '../testing/random.ts';
import { RolloutWorld } from '../testing/rollout-world.ts';

const names = ['a', 'b', 'c', 'd'];
const gate: GateSpec = {
  name: 'g',
  check: { kind: 'http', url: 'http://probe', status: 200 },
  intervalMs: 1000,
  count: 1,
  failureLimit: 0,
};

/** What each workload shall have: often what it has had already, or what an unfinished rollout has written there. */
function someBatch(world: RolloutWorld, random: Random): Chain[] {
  const batches = [world.wanted('old'), world.wanted('new'), world.wanted('newer')];
  return names.flatMap((_, i) => batches[random.below(batches.length)]?.[i] ?? []);
}

/**
 * People change their minds, processes are killed, calls and gates fail. Returns the workloads that were called live, or
 * forgotten by the target, with something on them that no gate has let pass and that was not there before.
 */
async function unproven(seed: number): Promise<readonly string[]> {
  const random = new Random(seed);
  const world = new RolloutWorld(names);
  await world.rollOut(world.wanted('old'));
  let proven = world.installed();
  let written = new Set<string>();
  const found: string[] = [];
  world.ask = async () => {
    const status = [200, 200, 503, 404][random.below(4)] ?? 200;
    const wave = world.events.findLast(({ type }) => type === 'wave-started');
    const seen = wave?.type === 'wave-started' ? wave.workloads : [];
    if (status === 200)
      written = new Set([...written].filter((name) => !seen.some((w) => w.endsWith(`/${name}`))));
    return { status, body: '' };
  };
  const look = (): void => {
    const now = world.installed();
    if (world.target.rollouts.record !== undefined) return;
    found.push(...[...written].filter((name) => now[name] !== proven[name]));
    proven = now;
    written.clear();
  };
  world.target.beforeApply = ({ workload }) => void written.add(workload?.split('/').at(-1) ?? '');
  let wanted = someBatch(world, random);
  for (let process = 0; process < 10; process++) {
    if (random.chance(0.5)) wanted = someBatch(world, random);
    const policy: Partial<RolloutPolicy> = {
      waves: [{ kind: 'count', workloads: 1 + random.below(4) }],
      gates: [gate],
      timeoutMs: 5000,
      onFailure: random.chance(0.5) ? 'stop' : 'rollback',
    };
    world.target.holder = undefined;
    const killedAt = random.chance(0.5) ? random.below(40) : undefined;
    const faults = { refused: 0.02, lost: 0.02, away: 0.02, killedAt, lastWriteLands: random.chance(0.5) };
    const { target, died } = faultyTarget(world.target, faults, random);
    const plan = await world.plan(wanted, policy);
    await Promise.race([world.run(plan, { target, order: 'resume' }), died]);
    look();
  }
  return found;
}

const schedules = seeds({ slice: 500, full: 20_000 }, process.env);

test(
  `nothing is called live that no gate let pass, whatever is wanted meanwhile: ${schedules.length} schedules`,
  { timeout: 300_000 },
  async () => {
    for (const seed of schedules) expect([seed, await unproven(seed)]).toEqual([seed, []]);
  },
);
