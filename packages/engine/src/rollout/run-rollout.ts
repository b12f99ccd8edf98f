import {
  type Clock,
  type HeldLock,
  type InstanceVerdict,
  type Journal,
  type Plan,
  type Step,
  type Target,
  type TargetPlan,
  WasmcastError,
} from '@wasmcast/core';
import { type ConvergeInput, converge } from './converge.ts';
import type { Emit } from './events.ts';
import { lanes, runLanes } from './lanes.ts';
import { isRecorded, record } from './revisions.ts';

/** How many workloads are written at a time. The API server's own flow control is the real bound. */
const concurrency = 16;

/** Everything a rollout needs of the world. */
export interface RolloutContext {
  readonly target: Target;
  /** Opened when the first write is certain; an empty plan opens none. */
  readonly openJournal: () => Promise<Journal>;
  readonly clock: Clock;
  readonly emit: Emit;
  /** `user@host`. */
  readonly by: string;
  /** Source revision of the manifest, when known. */
  readonly source?: string;
  /** A new random text; names the rollout and guards its lock. */
  readonly nonce: () => string;
  /** Aborted by the first interrupt: begin nothing new, leave everything consistent. */
  readonly stop: AbortSignal;
  /** Aborted by the second: end at once. */
  readonly signal: AbortSignal;
}

/** How a rollout on one target ended. */
export interface RolloutResult {
  readonly target: string;
  readonly outcome: 'live' | 'not-live' | 'failed' | 'interrupted';
  /** The last reading of the instances; empty when none was made. */
  readonly verdicts: readonly InstanceVerdict[];
  /** Number of instances that the rollout concerns: those read, or else those planned for. */
  readonly instances: number;
  /** Of these, seen live. */
  readonly live: number;
  /** Steps that ran; those that found everything in place already are among them. */
  readonly writes: number;
  /** Number of the revision that stands now, if there is one. */
  readonly revision?: number;
  /** Why, when `outcome` is `failed`: of several steps that failed side by side the first. */
  readonly error?: unknown;
  /** Which step that was, in the plan's own words; unset when it was no step that failed. */
  readonly failedStep?: string;
}

/** How it ended; what was counted on the way is added by {@link runRollout}. */
type Ending = Pick<RolloutResult, 'outcome' | 'revision' | 'error' | 'failedStep'>;

/** Counted while a rollout runs, so that it can be told however it ends. */
interface Tally {
  writes: number;
  verdicts: readonly InstanceVerdict[];
  live: number;
}

/**
 * Rolls one target's plan out: modules first, then the workloads side by side, then nothing until every instance shows
 * what is expected, then what is not needed any more. What became live is recorded as a revision; a rollout that did not
 * get there records none and says so. Never throws for what the target, its lock or the journal do; `outcome` tells.
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
  });
  const tally: Tally = { writes: 0, verdicts: [], live: 0 };
  const ending = await orFailed(context, async () => {
    if (context.stop.aborted) return { outcome: 'interrupted' };
    return part.steps.length === 0
      ? await settle(plan, part, context, tally)
      : await locked(plan, context, () => write(plan, part, context, tally));
  });
  const instances = tally.verdicts.length === 0 ? part.instances : tally.verdicts.length;
  const result: RolloutResult = { target: target.name, ...ending, ...tally, instances };
  const { outcome, live, writes } = result;
  emit({ type: 'rollout-finished', target: target.name, outcome, instances, live, writes });
  return result;
}

/** An empty plan: look whether all is live, and record the revision if the rollout that brought it about did not. */
async function settle(plan: Plan, part: TargetPlan, context: RolloutContext, tally: Tally): Promise<Ending> {
  const { target, signal } = context;
  const unfinished = await awaitLive(plan, part, context, tally);
  if (unfinished !== undefined) return unfinished;
  const last = (await target.revisions.list(plan.fleet, signal)).at(-1);
  if (plan.removeAll ? last === undefined : isRecorded(last, part.expected)) {
    return { outcome: 'live', ...(last && { revision: last.number }) };
  }
  return await locked(plan, context, async () => liveAs(await record(plan, part, context)));
}

/** The journal around {@link runStages}. */
async function write(plan: Plan, part: TargetPlan, context: RolloutContext, tally: Tally): Promise<Ending> {
  await using journal = await context.openJournal();
  const rollout = context.nonce();
  await journal.append({ kind: 'begin', rollout, by: context.by, plan: { ...plan, targets: [part] } });
  const ending = await orFailed(context, () => runStages(plan, part, context, tally, { journal, rollout }));
  const outcome = ending.outcome === 'not-live' ? 'failed' : ending.outcome;
  try {
    await journal.append({ kind: 'end', rollout, outcome });
  } catch (error) {
    // What was done is done, and the target shows it.
    remark(context, 'WC-RUN-002', `the journal has no end of this rollout: ${messageOf(error)}`);
  }
  return ending;
}

async function runStages(
  plan: Plan,
  part: TargetPlan,
  context: RolloutContext,
  tally: Tally,
  log: { readonly journal: Journal; readonly rollout: string },
): Promise<Ending> {
  const stage = (name: Step['stage']): Promise<'all' | 'stopped'> =>
    runLanes(
      lanes(part.steps.filter((step) => step.stage === name)),
      concurrency,
      context.stop,
      async (step) => {
        await runStep(step, context, log);
        tally.writes += 1;
      },
    );
  if ((await stage('prepare')) === 'stopped' || (await stage('change')) === 'stopped')
    return { outcome: 'interrupted' };
  const unfinished = await awaitLive(plan, part, context, tally);
  if (unfinished !== undefined) return unfinished;
  if ((await stage('cleanup')) === 'stopped') return { outcome: 'interrupted' };
  return liveAs(await record(plan, part, context));
}

/** A step that failed, with what the target said. */
class StepFailed extends Error {
  readonly summary: string;

  constructor(summary: string, cause: unknown) {
    super(summary, { cause });
    this.summary = summary;
  }
}

/** One step between its intent and its outcome in the journal. Throws {@link StepFailed}. */
async function runStep(
  step: Step,
  { target, emit, signal }: RolloutContext,
  { journal, rollout }: { readonly journal: Journal; readonly rollout: string },
): Promise<void> {
  const who = {
    target: target.name,
    step: step.id,
    summary: step.summary,
    ...(step.workload !== undefined && { workload: step.workload }),
  };
  try {
    await journal.append({ kind: 'intent', rollout, step: step.id });
    emit({ type: 'step-started', ...who, stage: step.stage });
    await target.apply(step, signal);
    await journal.append({ kind: 'done', rollout, step: step.id });
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

/** Waits until all is live: undefined then, or else how the rollout ends. */
async function awaitLive(
  plan: Plan,
  part: TargetPlan,
  context: RolloutContext,
  tally: Tally,
): Promise<Ending | undefined> {
  const { target, clock, emit, stop, signal } = context;
  const { expected } = part;
  const input: ConvergeInput = {
    target,
    fleet: plan.fleet,
    expected,
    timeoutMs: plan.timeoutMs,
    clock,
    emit,
  };
  const seen = await converge(input, stop, signal);
  tally.verdicts = seen.verdicts;
  tally.live = seen.live;
  if (seen.converged) return undefined;
  return { outcome: stop.aborted ? 'interrupted' : 'not-live' };
}

/** Runs `body` with the fleet's lock. A lock that cannot be given back does not undo what was done under it. */
async function locked(plan: Plan, context: RolloutContext, body: () => Promise<Ending>): Promise<Ending> {
  const { target, clock, by, nonce, signal } = context;
  const since = new Date(clock.now()).toISOString();
  const lock: HeldLock = await target.lock.acquire(plan.fleet, { owner: by, since, nonce: nonce() }, signal);
  try {
    return await body();
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
    if (error instanceof StepFailed)
      return { outcome: 'failed', error: error.cause, failedStep: error.summary };
    return { outcome: 'failed', error };
  }
}

function liveAs(revision: number | undefined): Ending {
  return { outcome: 'live', ...(revision !== undefined && { revision }) };
}

function remark({ target, emit }: RolloutContext, code: string, error: string): void {
  emit({ type: 'remark', target: target.name, code, error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
