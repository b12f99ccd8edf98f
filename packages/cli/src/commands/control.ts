import { type Plan, type Target, WasmcastError } from '@wasmcast/core';
import { type RolloutContext, planAbort } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import { type Answer, askRunner } from '../fleet/ask-runner.ts';
import { type Seen, assertSeen } from '../fleet/assert-seen.ts';
import { type Verb, decide } from '../fleet/decide.ts';
import { endUnplanned } from '../fleet/end-unplanned.ts';
import { hasWork } from '../fleet/has-work.ts';
import { makePlanAgain } from '../fleet/make-plan.ts';
import { type FleetFlags, type OpenManifest, openManifest, openTargets } from '../fleet/open-fleet.ts';
import { runPlan } from '../fleet/run-plan.ts';
import { type Standing, standingOf } from '../fleet/standing.ts';
import { planText } from '../views/plan-text.ts';
import type { View } from '../views/view.ts';

/**
 * `wasmcast pause`, `resume`, `promote`, `abort`, `retry`: what becomes of the unfinished rollout of each target. Whoever
 * runs one is asked to do it; one that nobody runs is taken up here.
 */
export async function control(verb: Verb, flags: FleetFlags, context: Context, view: View): Promise<void> {
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  const { name: fleet } = manifest.fleet;
  const standings = await view.waiting(
    'looking',
    Promise.all(targets.list.map((target) => standingOf(fleet, target, context.stop))),
  );
  assertSomethingToDo(verb, fleet, standings);
  const takenUp: TakenUp[] = [];
  for (const standing of standings) {
    const one = await carryOut(verb, standing, fleet, context, view);
    if (one !== undefined) takenUp.push(one);
  }
  if (takenUp.length > 0) await takeUp(verb, takenUp, manifest, context, view);
}

/** A rollout that nobody runs and this process takes up. */
interface TakenUp {
  readonly target: Target;
  /** The rollout as it was when that was decided. */
  readonly seen: Seen;
  /** What to plan once more; undefined: it goes back. */
  readonly cause: string | undefined;
}

async function carryOut(
  verb: Verb,
  standing: Standing,
  fleet: string,
  context: Context,
  view: View,
): Promise<TakenUp | undefined> {
  const { target, holder } = standing;
  const decision = decide(verb, standing);
  switch (decision.kind) {
    case 'nothing':
      view.progress('nothing-to-do', `nothing to ${verb} on ${target.name}: ${decision.why}`, {
        target: target.name,
        why: decision.why,
      });
      return undefined;
    case 'take-up':
      return { target, seen: decision.seen, cause: decision.cause };
    case 'ask': {
      const { request } = decision;
      const asked = askRunner(request, fleet, standing, context);
      const who = holder?.owner ?? 'nobody';
      const text = `asking ${who} to ${request} the rollout on ${target.name}`;
      const answer = await view.during('asking', text, { target: target.name, request, holder }, asked);
      if (answer === 'left')
        return await carryOut(verb, await standingOf(fleet, target, context.stop), fleet, context, view);
      view.answer('asked', `${target.name}: ${answerText(answer, request, who)}\n`, {
        target: target.name,
        request,
        answer,
      });
      return undefined;
    }
  }
}

function answerText(answer: Exclude<Answer, 'left'>, request: Verb, who: string): string {
  switch (answer) {
    case 'answered':
      return `${who} does as asked (${request}); \`wasmcast status\` shows where it stands`;
    case 'waiting':
      return `asked; ${who} goes on to the next wave as soon as this one is live`;
    case 'over':
      return 'the rollout was over before it could be asked';
  }
}

async function takeUp(
  verb: Verb,
  takenUp: readonly TakenUp[],
  manifest: OpenManifest,
  context: Context,
  view: View,
): Promise<void> {
  const [cause, ...others] = new Set(takenUp.map((one) => one.cause));
  if (others.length > 0) {
    throw new WasmcastError(
      'WC-ROLL-024',
      `the targets of fleet ${manifest.fleet.name} are in different rollouts`,
      {
        exit: 'usage',
        help: `name one with --target: ${takenUp.map(({ target }) => target.name).join(', ')}`,
      },
    );
  }
  const targets = takenUp.map(({ target }) => target);
  const plan = await planFor(cause, manifest, targets, context, view);
  assertSeen(
    plan,
    takenUp.map(({ seen }) => seen),
  );
  if (verb === 'resume' || verb === 'promote') assertSame(plan);
  // A way back has no plan yet: it is made of what stands there once the lock is held.
  if (cause !== undefined && hasWork(plan)) view.preview('plan', (paint) => planText(plan, paint), { plan });
  await runPlan(verb, plan, manifest, targets, context, view, cause === undefined ? 'abort' : orders[verb]);
}

const orders: Readonly<Record<Verb, RolloutContext['order']>> = {
  pause: undefined,
  resume: 'resume',
  promote: 'promote',
  abort: 'abort',
  retry: undefined,
};

async function planFor(
  cause: string | undefined,
  manifest: OpenManifest,
  targets: readonly Target[],
  context: Context,
  view: View,
): Promise<Plan> {
  if (cause !== undefined) return await makePlanAgain(cause, manifest, targets, context, view);
  const { plan, diagnostics } = await planAbort(manifest.fleet, targets, context.stop);
  return endUnplanned(plan, diagnostics, view);
}

/** What a rollout has begun is gone on with only while that is still what is wanted. */
function assertSame(plan: Plan): void {
  const other = plan.targets.find(({ unfinished }) => unfinished?.same !== true);
  if (other === undefined) return;
  throw new WasmcastError(
    'WC-ROLL-022',
    `the manifest, or what it selects, has changed since the rollout of fleet ${plan.fleet} on ${other.target} began`,
    {
      exit: 'invalid',
      help: '`wasmcast apply` begins anew with what is wanted now, `wasmcast abort` goes back',
    },
  );
}

function assertSomethingToDo(verb: Verb, fleet: string, standings: readonly Standing[]): void {
  const reasons: string[] = [];
  let help = '';
  for (const standing of standings) {
    const decision = decide(verb, standing);
    if (decision.kind !== 'nothing') return;
    reasons.push(standings.length === 1 ? decision.why : `${standing.target.name}: ${decision.why}`);
    help = decision.help;
  }
  throw new WasmcastError(
    'WC-ROLL-021',
    `there is nothing to ${verb} of fleet ${fleet}: ${reasons.join('; ')}`,
    { help },
  );
}
