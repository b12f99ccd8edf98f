import { type JournalEntry, type Stage, type Step, WasmcastError } from '@wasmcast/core';
import type { Halt, Run } from './context.ts';
import { isTakenOver } from './record-writes.ts';
import { lanes, runLanes } from './lanes.ts';
import { patiently } from './patience.ts';
import { requested } from './requests.ts';

/** How many workloads are written at a time. The API server's own flow control is the real bound. */
const concurrency = 16;

/** A step that failed, with what the target said. */
class StepFailed extends Error {
  readonly summary: string;

  constructor(summary: string, cause: unknown) {
    super(summary, { cause });
    this.summary = summary;
  }
}

/**
 * Runs the steps of one stage, workloads side by side. Undefined when all ran; else why not. Steps that run are waited
 * for, whatever happens. What heeds nobody, as the way back, also goes on with the others when a workload's step fails.
 */
export async function runSteps(
  run: Run,
  steps: readonly Step[],
  stage: Stage,
  heed: 'requests' | 'nobody' = 'requests',
): Promise<Halt | undefined> {
  const { context } = run;
  const asked = new AbortController();
  const stop = AbortSignal.any([context.stop, asked.signal]);
  const failedOn = new Set<string>();
  // A target that is away altogether shows in the look before the next step; what else does not answer may be a webhook that
  // only some writes have to pass.
  const endsAll = (error: unknown): boolean =>
    heed === 'requests' || !(error instanceof StepFailed) || isTakenOver(error.cause);
  try {
    const ran = await runLanes(
      lanes(steps.filter((step) => step.stage === stage)),
      concurrency,
      stop,
      async (step) => {
        // A process that was suspended, and is not the one any more that rolls out, must find that out before it writes.
        await patiently(context, () => run.keeper.look());
        if (requested(run) !== undefined && heed === 'requests') {
          asked.abort();
          return 'left';
        }
        await runStep(step, run).catch((error: unknown) => {
          failedOn.add(step.workload ?? '');
          throw error;
        });
        run.tally.writes += 1;
        return 'ran';
      },
      endsAll,
    );
    return ran === 'all' ? undefined : (requested(run) ?? { kind: 'interrupted' });
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    if (context.signal.aborted) return { kind: 'interrupted' };
    const { summary, cause } = error;
    return {
      kind: 'failed',
      reason: `${summary}: ${messageOf(cause)}`,
      error: cause,
      failedStep: summary,
      ...(!endsAll(error) && { failedOn }),
    };
  }
}

/** One step between its intent and its outcome in the journal. Throws {@link StepFailed}. */
async function runStep(step: Step, { context, journal, keeper, patience }: Run): Promise<void> {
  // On the way back a full disk must not be what keeps a bad filter live.
  const log = async (entry: JournalEntry): Promise<void> =>
    await journal.append(entry).catch((error: unknown) => {
      if (keeper.record.phase !== 'going-back') throw error;
    });
  const { target, emit, signal } = context;
  const rollout = keeper.record.id;
  const who = {
    target: target.name,
    step: step.id,
    summary: step.summary,
    ...(step.workload !== undefined && { workload: step.workload }),
  };
  try {
    await log({ kind: 'intent', rollout, step: step.id });
    emit({ type: 'step-started', ...who, stage: step.stage });
    await patience.run(context, () => target.apply(step, signal, () => keeper.lookAgain()));
    await log({ kind: 'done', rollout, step: step.id });
  } catch (cause) {
    const error = messageOf(cause);
    const code = cause instanceof WasmcastError ? cause.code : 'WC-RUN-000';
    emit({ type: 'step-failed', ...who, code, error });
    // Ended in the middle: whether it had its effect is not known, which is what an intent without an outcome says.
    if (!signal.aborted)
      await journal
        .append({ kind: 'failed', rollout, step: step.id, error: `${code} ${error}` })
        .catch(() => undefined); // the journal itself is what failed
    throw new StepFailed(step.summary, cause);
  }
  emit({ type: 'step-done', ...who });
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
