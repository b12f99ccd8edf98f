import type { Restart, Wave } from '@wasmcast/core';
import { awaitLive } from './await-live.ts';
import { chainsOf } from './chains-of.ts';
import type { Halt, Run } from './context.ts';
import { readBaseline } from './gate-scope.ts';
import { heard } from './requests.ts';
import { runSteps } from './run-steps.ts';
import { watchWave } from './watch-wave.ts';

/**
 * One wave: its workloads are written, a batch at a time, each batch is seen live, and then the wave is watched until its
 * gates let the next one begin. Undefined when it is through.
 */
export async function runWave(run: Run, index: number, wave: Wave): Promise<Halt | undefined> {
  const { part, context, keeper, tally } = run;
  const { emit, target } = context;
  const at = { target: target.name, wave: index + 1, waves: part.waves.length };
  emit({ type: 'wave-started', ...at, workloads: wave.workloads, instances: wave.instances });
  const baseline = await readBaseline(run, index, wave);
  for (const batch of batches(wave, part.restarts, run.plan.rollout.maxRestarting)) {
    const steps = part.steps.filter((step) => step.workload !== undefined && batch.has(step.workload));
    const halt =
      (await runSteps(run, steps, 'change')) ??
      (await awaitLive({
        fleet: run.plan.fleet,
        expected: chainsOf(part.expected, batch),
        rules: run.plan.rollout,
        context,
        tally,
        look: () => heard(run),
      }));
    if (halt !== undefined) return halt;
  }
  const halt = await watchWave(run, index, wave, baseline);
  if (halt !== undefined) return halt;
  await keeper.advance({ finished: index + 1 });
  emit({ type: 'wave-done', ...at });
  return undefined;
}

/** A wave cut so that at most `maxRestarting` of its workloads restart at a time; those that do not restart go first. */
export function batches(
  wave: Pick<Wave, 'workloads'>,
  restarts: readonly Pick<Restart, 'workload'>[],
  maxRestarting: number | undefined,
): readonly ReadonlySet<string>[] {
  const restart = new Set(restarts.map((r) => r.workload));
  const restarting = wave.workloads.filter((workload) => restart.has(workload));
  const size = maxRestarting ?? restarting.length;
  if (restarting.length <= size) return [new Set(wave.workloads)];
  const cut: ReadonlySet<string>[] = [];
  const still = wave.workloads.filter((workload) => !restart.has(workload));
  if (still.length > 0) cut.push(new Set(still));
  for (let from = 0; from < restarting.length; from += size)
    cut.push(new Set(restarting.slice(from, from + size)));
  return cut;
}
