import { awaitLive } from './await-live.ts';
import { workloadsOf } from './chains-of.ts';
import type { Ending, Halt, Run } from './context.ts';
import { goBack } from './go-back.ts';
import { heard } from './requests.ts';
import { record } from './revisions.ts';
import { messageOf, runSteps } from './run-steps.ts';
import { runWave } from './run-wave.ts';

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
  const progress = { changing: unfinished !== undefined && unfinished.phase !== 'went-back' };
  const halt = await toTheEnd(run, progress).catch((error: unknown): Halt => {
    if (context.signal.aborted) return { kind: 'interrupted' };
    return { kind: 'failed', reason: messageOf(error), error };
  });
  if (halt === undefined) {
    // All is live: from here on this is what a later rollout goes back to, whether or not its revision gets written.
    await keeper.end();
    const revision = await record(plan, run.part, context);
    return { outcome: 'live', ...(revision !== undefined && { revision }) };
  }
  return await ended(run, halt, progress.changing);
}

async function toTheEnd(run: Run, progress: { changing: boolean }): Promise<Halt | undefined> {
  const { part, plan, context, tally, keeper } = run;
  const prepared = await runSteps(run, part.steps, 'prepare');
  if (prepared !== undefined) return prepared;
  for (const [index, wave] of part.waves.entries()) {
    progress.changing = true;
    // A wave that is through is repaired where somebody has changed it since, but not watched again.
    const done = index < keeper.record.finished;
    const halt = done
      ? await runSteps(
          run,
          part.steps.filter((step) => step.workload !== undefined && wave.workloads.includes(step.workload)),
          'change',
        )
      : await runWave(run, index, wave);
    if (halt !== undefined) return halt;
  }
  const late = seenWhole(run)
    ? undefined
    : await awaitLive({
        fleet: plan.fleet,
        expected: part.expected,
        rules: plan.rollout,
        context,
        tally,
        look: () => heard(run),
      });
  return late ?? (await runSteps(run, part.steps, 'cleanup', 'nobody'));
}

/** True if the one wave that there was took in everything: it has just been seen live. */
function seenWhole({ part }: Run): boolean {
  const [only, second] = part.waves;
  return second === undefined && only?.workloads.length === workloadsOf(part.expected).length;
}

/** What becomes of a rollout that does not go on. */
async function ended(run: Run, halt: Halt, changing: boolean): Promise<Ending> {
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
      const failed: Ending = {
        outcome: halt.late === true ? 'not-live' : 'failed',
        reason: halt.reason,
        ...(halt.error !== undefined && { error: halt.error }),
        ...(halt.failedStep !== undefined && { failedStep: halt.failedStep }),
      };
      // Nothing that proxies see has changed yet: there is nothing to go back from.
      if (!changing) {
        await keeper.end();
        return failed;
      }
      if (plan.rollout.onFailure === 'stop') {
        await keeper.advance({ phase: 'stopped', reason: halt.reason });
        return failed;
      }
      context.signal.throwIfAborted();
      return await goBack(run, halt.reason);
    }
  }
}
