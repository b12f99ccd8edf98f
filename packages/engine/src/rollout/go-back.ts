import { WasmcastError, hasErrors, instanceAddress, isLive, rolloutChains, selectorOf } from '@wasmcast/core';
import { planToChains, stillThere } from '../planning/plan-to-chains.ts';
import { asBefore } from './as-before.ts';
import { awaitLive } from './await-live.ts';
import { chainsOf, workloadsOf } from './chains-of.ts';
import type { Ending, Halt, Run } from './context.ts';
import { failedEnding } from './failed-ending.ts';
import { patiently } from './patience.ts';
import { runSteps } from './run-steps.ts';
import { type BatchWork, isOfSome, writeBatches } from './write-batches.ts';

/**
 * Makes live again what was there before the rollout, on all of its workloads and no other, as many of which restart at a time as the
 * policy allows, and waits until it is seen. Reads nothing but the target: what to go back to was remembered there before the
 * first write, and its modules still stand there.
 */
export async function goBack(run: Run, reason: string): Promise<Ending> {
  const { context, keeper, plan, tally } = run;
  const { target, emit } = context;
  emit({ type: 'going-back', target: target.name, reason });
  await keeper.advance({ phase: 'going-back', reason });
  const back = await planBack(run);
  // What it has read may be a successor's: from here on every write is made for a version that stood while it was ours.
  await patiently(context, () => keeper.lookAgain());
  const isThere = asBefore(keeper.record);
  const { fleet, rollout: rules } = plan;
  const { steps, expected } = back;
  const prepared = await runSteps(run, steps, 'prepare', 'nobody');
  if (prepared !== undefined && !isOfSome(prepared)) return unable(prepared, reason);
  const written = await writeBatches(run, { ...back, isThere }, 'back');
  const halt =
    prepared ??
    written ??
    (await awaitLive({ fleet, expected, rules, context, tally, isThere })) ??
    (await runSteps(run, steps, 'cleanup', 'nobody'));
  if (halt !== undefined) return unable(halt, reason);
  remarkUnsure(run);
  await keeper.advance({ phase: 'went-back', reason });
  return { outcome: 'rolled-back', reason };
}

/** Names what was left as it was, and may not be well. */
function remarkUnsure({ context: { target, emit }, tally: { verdicts } }: Run): void {
  const unsure = verdicts.filter((verdict) => !isLive(verdict));
  const [first] = unsure;
  if (first === undefined) return;
  const { filter, evidence } = first.filters.find(({ verdict }) => verdict !== 'live') ?? {};
  const where = `${instanceAddress(first.instance)}: ${filter} (${evidence})`;
  const error = `on ${unsure.length} of ${verdicts.length} instances a VM died that may be that of a filter which this rollout did not change; first ${where}. Nothing tells; new pods are sure to be well`;
  emit({ type: 'remark', target: target.name, code: 'WC-RUN-006', error });
}

/**
 * The way from what stands there now, whatever the failed rollout left, to what was there before. What else is the fleet's has
 * not been written by it: how that stands, or what others have done to it, is nothing to mend or to wait for.
 */
async function planBack({ context, plan, keeper }: Run): Promise<BatchWork> {
  const { previous } = rolloutChains(keeper.record);
  const { target, signal } = context;
  const selectors = workloadsOf(previous).map(selectorOf);
  const [observed, revisions] = await patiently(context, () =>
    Promise.all([
      target.observe({ fleet: plan.fleet, selectors }, signal),
      target.revisions.list(plan.fleet, signal),
    ]),
  );
  const made = planToChains({
    target,
    fleet: plan.fleet,
    chains: stillThere(previous, observed),
    observed,
    retained: [...new Set(revisions.flatMap((r) => r.filters.map((f) => f.moduleDigest)))],
  });
  if (made.plan !== undefined && !hasErrors(made.diagnostics)) {
    const { steps, expected, restarts, waves } = made.plan;
    const touched = new Set(keeper.record.waves.flatMap((wave) => wave.workloads));
    return {
      workloads: waves.flatMap((wave) => wave.workloads.filter((each) => touched.has(each))),
      steps: steps.filter(({ workload }) => workload === undefined || touched.has(workload)),
      expected: chainsOf(expected, touched),
      restarts,
    };
  }
  const faults = made.diagnostics.filter((d) => d.severity === 'error').map((d) => `${d.code} ${d.summary}`);
  throw new WasmcastError('WC-ROLL-012', `the way back is refused: ${faults.join('; ')}`, {
    help: 'mend that, and run `wasmcast abort`',
  });
}

/** The way back did not come to its end either: both reasons are told, and the target remembers that it is under way. */
function unable(halt: Halt, reason: string): Ending {
  if (halt.kind === 'interrupted') return { outcome: 'interrupted', reason };
  const both = `${reason}; and the way back: ${halt.reason}`;
  if (halt.kind !== 'failed') return { outcome: 'failed', reason: both };
  // Late or not: that not all is live says too little of a rollout that is neither live nor back.
  return failedEnding({ ...halt, reason: both, late: false });
}
