import type { Wave } from '@wasmcast/core';
import type { Halt, Run } from './context.ts';
import { readBaseline } from './gate-scope.ts';
import { watchWave } from './watch-wave.ts';
import { writeBatches } from './write-batches.ts';

/**
 * One wave: its workloads are written, a batch at a time, each batch is seen live, and then the wave is watched until its
 * gates let the next one begin. Undefined when it is through.
 */
export async function runWave(run: Run, index: number, wave: Wave): Promise<Halt | undefined> {
  const { part, context, keeper } = run;
  const { emit, target } = context;
  const at = { target: target.name, wave: index + 1, waves: part.waves.length };
  emit({ type: 'wave-started', ...at, workloads: wave.workloads, instances: wave.instances });
  const baseline = await readBaseline(run, index, wave);
  const halt =
    (await writeBatches(run, { ...part, workloads: wave.workloads }, 'forward')) ??
    (await watchWave(run, index, wave, baseline));
  if (halt !== undefined) return halt;
  await keeper.advance({ finished: index + 1 });
  emit({ type: 'wave-done', ...at });
  return undefined;
}

/** A wave that is through is repaired where somebody has changed it since: as carefully, but it is not watched again. */
export async function repairWave(run: Run, wave: Wave): Promise<Halt | undefined> {
  const { part } = run;
  const changed = new Set(
    part.steps.flatMap((step) => (step.stage === 'change' ? (step.workload ?? []) : [])),
  );
  const workloads = wave.workloads.filter((workload) => changed.has(workload));
  return workloads.length === 0 ? undefined : await writeBatches(run, { ...part, workloads }, 'forward');
}
