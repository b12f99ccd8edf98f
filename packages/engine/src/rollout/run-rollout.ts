import {
  type Clock,
  type HeldLock,
  type InstanceVerdict,
  type Journal,
  type Plan,
  type Revision,
  type Step,
  type Target,
  type TargetPlan,
  WasmcastError,
  canonicalJson,
  toRevision,
  revisionChains,
  type JsonValue,
} from '@wasmcast/core';
import { converge } from './converge.ts';
import type { Emit } from './events.ts';
import { lanes, runLanes } from './lanes.ts';

/** How many workloads are written at a time. The API server's own flow control is the real bound. */
const concurrency = 16;

/** How many revisions of a fleet are kept; older ones, and what only they name, go. */
export const retainedRevisions = 10;

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
  readonly verdicts: readonly InstanceVerdict[];
  readonly live: number;
  /** Steps that ran; those that found everything in place already are among them. */
  readonly writes: number;
  /** Number of the revision that stands now, if there is one. */
  readonly revision?: number;
  /** Set when `outcome` is `failed`. */
  readonly error?: unknown;
}

/**
 * Rolls one target's plan out: modules first, then the workloads side by side, then nothing until every instance shows
 * what is expected, then what is not needed any more. What became live is recorded as a revision; a rollout that did not
 * get there records none and says so. Never throws for what the target does; `outcome` tells.
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
  const result =
    part.steps.length === 0 ? await settle(plan, part, context) : await write(plan, part, context);
  emit({
    type: 'rollout-finished',
    target: target.name,
    outcome: result.outcome,
    instances: result.verdicts.length,
    live: result.live,
    writes: result.writes,
  });
  return result;
}

/** An empty plan: look whether all is live, and record the revision if the rollout that brought it about did not. */
async function settle(plan: Plan, part: TargetPlan, context: RolloutContext): Promise<RolloutResult> {
  const { target } = context;
  const seen = await converge(convergeInput(plan, part, context), context.stop, context.signal);
  const base = { target: target.name, verdicts: seen.verdicts, live: seen.live, writes: 0 };
  if (!seen.converged) return { ...base, outcome: context.stop.aborted ? 'interrupted' : 'not-live' };
  const revisions = await target.revisions.list(plan.fleet, context.signal);
  const last = revisions.at(-1);
  if (plan.removeAll ? last === undefined : isRecorded(last, part)) {
    return { ...base, outcome: 'live', ...(last && { revision: last.number }) };
  }
  await using _lock = await acquire(plan, context);
  const revision = await record(plan, part, context);
  return { ...base, outcome: 'live', ...(revision !== undefined && { revision }) };
}

async function write(plan: Plan, part: TargetPlan, context: RolloutContext): Promise<RolloutResult> {
  const { target, emit, signal, stop } = context;
  await using _lock = await acquire(plan, context);
  await using journal = await context.openJournal();
  const rollout = context.nonce();
  await journal.append({ kind: 'begin', rollout, by: context.by, plan: { ...plan, targets: [part] } });
  let writes = 0;
  let verdicts: readonly InstanceVerdict[] = [];
  let live = 0;
  const end = async (
    outcome: RolloutResult['outcome'],
    extra: { error?: unknown; revision?: number } = {},
  ): Promise<RolloutResult> => {
    await journal.append({ kind: 'end', rollout, outcome: outcome === 'not-live' ? 'failed' : outcome });
    return { target: target.name, outcome, verdicts, live, writes, ...extra };
  };
  const run = async (step: Step): Promise<void> => {
    const who = {
      target: target.name,
      step: step.id,
      summary: step.summary,
      ...(step.workload !== undefined && { workload: step.workload }),
    };
    await journal.append({ kind: 'intent', rollout, step: step.id });
    emit({ type: 'step-started', ...who, stage: step.stage });
    try {
      await target.apply(step, signal);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const code = error instanceof WasmcastError ? error.code : 'WC-RUN-000';
      await journal.append({ kind: 'failed', rollout, step: step.id, error: `${code} ${message}` });
      emit({ type: 'step-failed', ...who, code, error: message });
      throw error;
    }
    writes += 1;
    await journal.append({ kind: 'done', rollout, step: step.id });
    emit({ type: 'step-done', ...who });
  };
  const stage = (name: Step['stage']): Promise<'all' | 'stopped'> =>
    runLanes(lanes(part.steps.filter((step) => step.stage === name)), concurrency, stop, run);
  try {
    if ((await stage('prepare')) === 'stopped' || (await stage('change')) === 'stopped')
      return await end('interrupted');
    const seen = await converge(convergeInput(plan, part, context), stop, signal);
    ({ verdicts, live } = seen);
    if (!seen.converged) return await end(stop.aborted ? 'interrupted' : 'not-live');
    if ((await stage('cleanup')) === 'stopped') return await end('interrupted');
    const revision = await record(plan, part, context);
    return await end('live', revision === undefined ? {} : { revision });
  } catch (error) {
    if (signal.aborted) return await end('interrupted');
    return await end('failed', { error });
  }
}

function convergeInput(
  plan: Plan,
  part: TargetPlan,
  context: RolloutContext,
): Parameters<typeof converge>[0] {
  const { target, clock, emit } = context;
  return { target, fleet: plan.fleet, expected: part.expected, timeoutMs: plan.timeoutMs, clock, emit };
}

async function acquire(plan: Plan, context: RolloutContext): Promise<HeldLock> {
  const since = new Date(context.clock.now()).toISOString();
  return await context.target.lock.acquire(
    plan.fleet,
    { owner: context.by, since, nonce: context.nonce() },
    context.signal,
  );
}

/** True if the newest revision already says what this plan makes live. */
function isRecorded(last: Revision | undefined, part: TargetPlan): boolean {
  const wanted = part.expected.filter((chain) => chain.filters.length > 0);
  if (last === undefined) return wanted.length === 0;
  return (
    canonicalJson(revisionChains(last) as unknown as JsonValue) ===
    canonicalJson(wanted as unknown as JsonValue)
  );
}

/** Writes the new revision and forgets those past the limit; a fleet that is removed forgets all. */
async function record(plan: Plan, part: TargetPlan, context: RolloutContext): Promise<number | undefined> {
  const { target, signal, emit } = context;
  const revisions = await target.revisions.list(plan.fleet, signal);
  if (plan.removeAll) {
    await target.revisions.delete(
      plan.fleet,
      revisions.map((r) => r.number),
      signal,
    );
    return undefined;
  }
  const number = (revisions.at(-1)?.number ?? 0) + 1;
  const at = new Date(context.clock.now()).toISOString();
  const source = context.source === undefined ? {} : { source: context.source };
  await target.revisions.put(
    toRevision(
      { fleet: plan.fleet, target: target.name, number, at, by: context.by, cause: plan.cause, ...source },
      part.expected,
    ),
    signal,
  );
  const surplus = revisions
    .slice(0, Math.max(0, revisions.length + 1 - retainedRevisions))
    .map((r) => r.number);
  if (surplus.length > 0) await target.revisions.delete(plan.fleet, surplus, signal);
  emit({ type: 'revision', target: target.name, number });
  return number;
}
