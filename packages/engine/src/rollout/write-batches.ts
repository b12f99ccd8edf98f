import type { Chain, InstanceVerdict, Restart, Step, Wave } from '@wasmcast/core';
import { awaitLive } from './await-live.ts';
import { chainsOf } from './chains-of.ts';
import type { Failed, Halt, Run } from './context.ts';
import { heard } from './requests.ts';
import { runSteps } from './run-steps.ts';

/** Workloads that are written, and what they shall show then. */
export interface BatchWork {
  readonly workloads: readonly string[];
  readonly steps: readonly Step[];
  readonly expected: readonly Chain[];
  readonly restarts: readonly Pick<Restart, 'workload'>[];
  /** What each instance is waited for to show. Default: its chains, live. */
  readonly isThere?: (verdict: InstanceVerdict) => boolean;
}

/**
 * Writes workloads, no more of which restart at a time than the policy allows, and sees each batch live before the next.
 * `forward` heeds requests, and stops at the first batch that does not get live; `back` goes on then: a workload that cannot
 * be written, or does not come back, is no reason to leave the others with what failed.
 */
export async function writeBatches(
  run: Run,
  work: BatchWork,
  way: 'forward' | 'back',
): Promise<Halt | undefined> {
  const { plan, context, tally } = run;
  let failed: Halt | undefined;
  for (const batch of batches(work, work.restarts, plan.rollout.maxRestarting)) {
    const steps = work.steps.filter((step) => step.workload !== undefined && batch.has(step.workload));
    const wrote = await runSteps(run, steps, 'change', way === 'forward' ? 'requests' : 'nobody');
    if (wrote !== undefined && !isOfSome(wrote)) return wrote;
    failed ??= wrote;
    const written = new Set([...batch].filter((workload) => wrote?.failedOn.has(workload) !== true));
    const seen = await awaitLive({
      fleet: plan.fleet,
      expected: chainsOf(work.expected, written),
      rules: plan.rollout,
      context,
      tally,
      ...(work.isThere && { isThere: work.isThere }),
      ...(way === 'forward' && { look: () => heard(run) }),
    });
    if (seen === undefined) continue;
    if (way === 'forward' || seen.kind !== 'failed' || seen.late !== true) return seen;
    failed ??= seen;
  }
  return failed;
}

/** True if it keeps some workloads from their end, and the others can go on. */
export function isOfSome(halt: Halt): halt is Failed & Required<Pick<Failed, 'failedOn'>> {
  return halt.kind === 'failed' && halt.failedOn !== undefined;
}

/** Workloads cut so that at most `maxRestarting` of them restart at a time; those that do not restart go first. */
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
