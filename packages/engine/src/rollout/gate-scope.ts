import { diffChains, goesOn, type StatsQuery, type Wave, workloadAddress } from '@wasmcast/core';
import type { Baseline } from '../gates/baseline.ts';
import type { GateScope } from '../gates/measure.ts';
import { takeSnapshot, WaveStats } from '../gates/wave-stats.ts';
import { chainsOf, workloadsOf } from './chains-of.ts';
import type { Run } from './context.ts';
import { messageOf } from './run-steps.ts';

/** What the gates of a wave look at. */
export function gateScope(run: Run, index: number, wave: Wave, baseline: Baseline | undefined): GateScope {
  const { context, part, plan } = run;
  const { target, clock } = context;
  const queries = queriesOf(run, wave);
  return {
    fleet: plan.fleet,
    target: target.name,
    wave: index + 1,
    waves: part.waves.length,
    workloads: queries.map(({ workload }) => workload),
    stats: new WaveStats((signal) => takeSnapshot(target, queries, signal), clock),
    baseline,
    instances: wave.instances,
    timeoutMs: plan.rollout.timeoutMs,
  };
}

/**
 * Reads the counters of a wave before anything is written in it, if a gate will want them. Undefined if another run has
 * begun to write it already, or if they cannot be read: then a gate decides what it can without.
 */
export async function readBaseline(run: Run, index: number, wave: Wave): Promise<Baseline | undefined> {
  const { context, part, plan } = run;
  const { target, emit, signal } = context;
  if (!plan.rollout.gates.some(({ check }) => check.kind === 'stats')) return undefined;
  const { unfinished } = part;
  const isTouched =
    unfinished !== undefined &&
    unfinished.phase !== 'went-back' &&
    !(goesOn(unfinished) && index > unfinished.finished);
  if (isTouched) return undefined;
  try {
    const stats = await takeSnapshot(target, queriesOf(run, wave), signal);
    return { stats, workloads: new Set(wave.workloads) };
  } catch (error) {
    signal.throwIfAborted();
    const words = `how wave ${index + 1} was before it is not known: ${messageOf(error)}`;
    emit({ type: 'remark', target: target.name, code: 'WC-RUN-005', error: words });
    return undefined;
  }
}

/** The listeners whose chains the rollout changes; of a workload that is only repaired, all that the fleet stands in. */
function queriesOf({ part }: Run, wave: Wave): readonly StatsQuery[] {
  const chains = chainsOf(part.expected, new Set(wave.workloads));
  const changes = diffChains(part.previous, part.expected);
  return workloadsOf(chains).map((workload) => {
    const address = workloadAddress(workload);
    const changed = changes.filter((change) => change.workload === address);
    const all = chains.filter((chain) => workloadAddress(chain.workload) === address);
    const directions = (changed.length > 0 ? changed : all).map(({ direction }) => direction);
    return { workload, directions: [...new Set(directions)] };
  });
}
