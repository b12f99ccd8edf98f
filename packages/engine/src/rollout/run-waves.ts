import { inverse } from '@wasmcast/core';
import { awaitLive } from './await-live.ts';
import { touchedChains, workloadsOf } from './chains-of.ts';
import type { Ending, Halt, Run } from './context.ts';
import { failedEnding } from './failed-ending.ts';
import { goBack } from './go-back.ts';
import { isTakenOver } from './record-writes.ts';
import { isUnreachable } from './patience.ts';
import { heard } from './requests.ts';
import { record } from './revisions.ts';
import { messageOf, runSteps } from './run-steps.ts';
import { repairWave, runWave } from './run-wave.ts';
import { tryFirst } from './try-first.ts';

/** How far it came: whether the modules are all there, and whether proxies may see something of it. */
interface Progress {
  changing: boolean;
  prepared: boolean;
}

/**
 * The rollout itself, from the modules to the revision; and when it does not get there, what becomes of it. What was
 * written before it failed goes back, or stays, as the policy says.
 */
export async function runWaves(run: Run): Promise<Ending> {
  const { keeper, context, plan } = run;
  if (keeper.record.phase === 'going-back')
    return await goBack(run, keeper.record.reason ?? 'it was going back');
  if (context.order === 'abort') return await goBack(run, `${context.by} aborted it`);
  const { unfinished } = run.part;
  const progress: Progress = {
    changing: unfinished !== undefined && unfinished.phase !== 'went-back',
    prepared: false,
  };
  const halt = await toTheEnd(run, progress).catch((error: unknown): Halt => {
    if (context.signal.aborted) return { kind: 'interrupted' };
    return { kind: 'failed', reason: messageOf(error), error };
  });
  if (halt === undefined) {
    // All is live. Should its revision not get written, the rollout is not over: the next process writes it.
    const revision = await record(plan, run.part, context, () => keeper.end()).catch(
      async (error: unknown) => {
        await keeper.reopen();
        throw error;
      },
    );
    return { outcome: 'live', ...(revision !== undefined && { revision }) };
  }
  return await ended(run, halt, progress);
}

async function toTheEnd(run: Run, progress: Progress): Promise<Halt | undefined> {
  const { part, plan, context, tally, keeper } = run;
  const finishedBefore = keeper.record.finished;
  const prepared = await runSteps(run, part.steps, 'prepare');
  if (prepared !== undefined) return prepared;
  progress.prepared = true;
  const tried = await tryFirst(run);
  if (tried !== undefined) return tried;
  for (const [index, wave] of part.waves.entries()) {
    progress.changing = true;
    const isThrough = index < keeper.record.finished;
    const halt = isThrough ? await repairWave(run, wave) : await runWave(run, index, wave);
    if (halt !== undefined) return halt;
  }
  const late = seenWhole(run, finishedBefore)
    ? undefined
    : await awaitLive({
        fleet: plan.fleet,
        expected: touchedChains(part),
        rules: plan.rollout,
        context,
        tally,
        look: () => heard(run),
      });
  return late ?? (await cleanUp(run));
}

/** What cannot be cleaned away does no harm to what is live: the next plan has it again. */
async function cleanUp(run: Run): Promise<Halt | undefined> {
  const { context, part } = run;
  const halt = await runSteps(run, part.steps, 'cleanup', 'nobody');
  if (halt?.kind !== 'failed') return halt;
  const error = `not all that is not needed any more was cleaned away: ${halt.reason}`;
  context.emit({ type: 'remark', target: context.target.name, code: 'WC-RUN-004', error });
  return undefined;
}

/** Takes back what was prepared; what cannot be taken back serves nobody, and the next plan has it again. */
async function unprepare(run: Run): Promise<void> {
  const prepared = run.part.steps.filter((step) => step.stage === 'prepare');
  await runSteps(run, prepared.map(inverse).toReversed(), 'prepare', 'nobody');
}

/** True if the one wave that there is took in everything, and has just been seen live by this very process. */
function seenWhole({ part }: Run, finishedBefore: number): boolean {
  const [only, second] = part.waves;
  return (
    finishedBefore === 0 &&
    second === undefined &&
    only?.workloads.length === workloadsOf(touchedChains(part)).length
  );
}

/** What becomes of a rollout that does not go on. */
async function ended(run: Run, halt: Halt, { changing, prepared }: Progress): Promise<Ending> {
  const { keeper, plan, context } = run;
  switch (halt.kind) {
    case 'interrupted':
      return { outcome: 'interrupted' };
    case 'paused':
      await keeper.advance({ phase: 'paused', reason: halt.reason });
      return { outcome: 'paused', reason: halt.reason };
    case 'aborted':
      return await goBack(run, halt.reason);
    case 'failed': {
      // Whoever took it over decides what becomes of it; and a target that cannot be reached says nothing against what was
      // written there: the next apply goes on.
      if (isTakenOver(halt.error) || isUnreachable(halt.error)) {
        return { outcome: 'failed', reason: halt.reason, error: halt.error };
      }
      // Nothing that proxies see has changed yet: there is nothing to go back from.
      if (!changing) {
        if (prepared) await unprepare(run);
        await keeper.end();
        return failedEnding(halt);
      }
      if (plan.rollout.onFailure !== 'rollback') {
        await keeper.advance({ phase: 'stopped', reason: halt.reason });
        return failedEnding(halt);
      }
      context.signal.throwIfAborted();
      return await goBack(run, halt.reason);
    }
  }
}
