import { type HeldLock, type Plan, type TargetPlan, goesOn } from '@wasmcast/core';
import { awaitLive } from './await-live.ts';
import { touchedChains } from './chains-of.ts';
import type { Ending, RolloutContext, RolloutResult, Run, Tally } from './context.ts';
import { Keeper } from './keeper.ts';
import { SharedPatience } from './patience.ts';
import { assertUnmoved, forget } from './record-writes.ts';
import { isRecorded, record } from './revisions.ts';
import { messageOf } from './run-steps.ts';
import { runWaves } from './run-waves.ts';
import { takeLock } from './take-lock.ts';

/**
 * Rolls one target's plan out: modules first, then wave after wave, each seen live and let pass by its gates before the next
 * one begins, then what is not needed any more. What became live is recorded as a revision; what did not goes back. Never
 * throws for what the target, its lock or the journal do; `outcome` tells.
 */
export async function runRollout(
  plan: Plan,
  part: TargetPlan,
  context: RolloutContext,
): Promise<RolloutResult> {
  const { target, emit } = context;
  emit({
    type: 'rollout-started',
    fleet: plan.fleet,
    target: target.name,
    cause: plan.cause,
    steps: part.steps.length,
    instances: part.instances,
    waves: part.waves.length,
  });
  const tally: Tally = { writes: 0, verdicts: [], live: 0 };
  const ending = await orFailed(context, () => begin(plan, part, context, tally));
  const instances = tally.verdicts.length === 0 ? part.instances : tally.verdicts.length;
  const result: RolloutResult = { target: target.name, ...ending, ...tally, instances };
  const { outcome, live, writes, reason } = result;
  emit({
    type: 'rollout-finished',
    target: target.name,
    outcome,
    instances,
    live,
    writes,
    ...(reason !== undefined && { reason }),
  });
  return result;
}

async function begin(plan: Plan, part: TargetPlan, context: RolloutContext, tally: Tally): Promise<Ending> {
  const { unfinished } = part;
  if (context.stop.aborted) return { outcome: 'interrupted' };
  if (goesOn(unfinished) && unfinished.phase === 'paused' && context.order === undefined) {
    return { outcome: 'paused', reason: unfinished.reason ?? 'it is paused' };
  }
  if (part.steps.length === 0 && !goesOn(unfinished) && !isUnproven(part))
    return await settle(plan, part, context, tally);
  return await locked(plan, context, (lock) => write(plan, part, context, tally, lock));
}

/** Another rollout wrote some of what is wanted now and did not come to its end: no gate need have let that pass. */
function isUnproven({ unfinished, waves }: TargetPlan): boolean {
  return unfinished !== undefined && unfinished.phase !== 'went-back' && waves.length > 0;
}

/** An empty plan: look whether all is live, and record the revision if the rollout that brought it about did not. */
async function settle(plan: Plan, part: TargetPlan, context: RolloutContext, tally: Tally): Promise<Ending> {
  const { target, signal } = context;
  const expected = touchedChains(part);
  const halt = await awaitLive({ fleet: plan.fleet, expected, rules: plan.rollout, context, tally });
  if (halt?.kind === 'interrupted') return { outcome: 'interrupted' };
  if (halt !== undefined) return { outcome: 'not-live', reason: halt.reason };
  const last = (await target.revisions.list(plan.fleet, signal)).at(-1);
  const recorded = plan.removeAll ? last === undefined : isRecorded(last, part.expected);
  if (recorded && part.unfinished === undefined)
    return { outcome: 'live', ...(last && { revision: last.number }) };
  return await locked(plan, context, async () => {
    const revision = await record(plan, part, context, async () => {
      const stored = await assertUnmoved(plan, part, context);
      if (stored !== undefined) await forget(context, plan.fleet, stored.record);
    });
    return { outcome: 'live', ...(revision !== undefined && { revision }) };
  });
}

/** The journal and the target's own record around {@link runWaves}. */
async function write(
  plan: Plan,
  part: TargetPlan,
  context: RolloutContext,
  tally: Tally,
  lock: HeldLock,
): Promise<Ending> {
  await using journal = await context.openJournal();
  const keeper = await Keeper.begin(plan, part, context, lock);
  const rollout = keeper.record.id;
  await journal.append({ kind: 'begin', rollout, by: context.by, plan: { ...plan, targets: [part] } });
  const patience = new SharedPatience();
  const run: Run = { plan, part, context, tally, journal, keeper, patience };
  const ending = await orFailed(context, () => runWaves(run));
  try {
    await journal.append({ kind: 'end', rollout, outcome: ending.outcome });
  } catch (error) {
    // What was done is done, and the target shows it.
    remark(context, 'WC-RUN-002', `the journal has no end of this rollout: ${messageOf(error)}`);
  }
  return ending;
}

/** Runs `body` with the fleet's lock. A lock that cannot be given back does not undo what was done under it. */
async function locked(
  plan: Plan,
  context: RolloutContext,
  body: (lock: HeldLock) => Promise<Ending>,
): Promise<Ending> {
  const lock = await takeLock(plan.fleet, context);
  try {
    return await body(lock);
  } finally {
    try {
      await lock[Symbol.asyncDispose]();
    } catch (error) {
      const { nonce: key } = lock.holder;
      remark(context, 'WC-RUN-001', `the lock ${key} was not released: ${messageOf(error)}`);
    }
  }
}

/** What is thrown becomes an ending: `interrupted` after the second interrupt, else `failed`. */
async function orFailed(context: RolloutContext, body: () => Promise<Ending>): Promise<Ending> {
  try {
    return await body();
  } catch (error) {
    if (context.signal.aborted) return { outcome: 'interrupted' };
    return { outcome: 'failed', reason: messageOf(error), error };
  }
}

function remark({ target, emit }: RolloutContext, code: string, error: string): void {
  emit({ type: 'remark', target: target.name, code, error });
}
