import { type Plan, type TargetPlan, exitCodes } from '@wasmcast/core';
import type { RolloutResult } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import { type Failure, toFailure } from '../failure.ts';
import { resultText } from '../views/result-text.ts';
import type { View } from '../views/view.ts';
import type { Evidence } from './evidence.ts';

/** How the rollout of one target ended, and what was seen until then. */
export interface Ended {
  readonly part: TargetPlan;
  readonly result: RolloutResult;
  readonly evidence: Evidence;
}

/** Shows how it ended; returns the exit code. */
export function showEnded(
  command: string,
  plan: Plan,
  ended: readonly Ended[],
  context: Context,
  view: View,
): number {
  const last = ended.at(-1)?.result;
  const failure = last?.outcome === 'failed' ? failureOf(last, context.stop) : undefined;
  if (failure !== undefined) view.failure(failure);
  view.answer('result', resultText(command, plan, ended, view.paint), { targets: ended.map(endedEvent) });
  const sum = (of: (r: RolloutResult) => number): number =>
    ended.reduce((total, { result }) => total + of(result), 0);
  view.summary({
    fleet: plan.fleet,
    outcome: last?.outcome ?? 'live',
    instances: sum((r) => r.instances),
    live: sum((r) => r.live),
    writes: sum((r) => r.writes),
  });
  switch (last?.outcome) {
    case undefined:
    case 'live':
      return exitCodes.ok;
    case 'rolled-back':
      return exitCodes.rolledBack;
    case 'paused':
      return exitCodes.paused;
    case 'not-live':
      return exitCodes.notAllLive;
    case 'interrupted':
      return exitCodes.interrupted;
    case 'failed':
      return exitCodes[failure?.exit ?? 'failed'];
  }
}

/** Why a rollout failed: what was thrown, or what its gates said. */
function failureOf({ error, failedStep, reason }: RolloutResult, stop: AbortSignal): Failure {
  if (error !== undefined) return toFailure(error, stop, failedStep);
  return { code: 'WC-ROLL-020', message: reason ?? 'the rollout failed', exit: 'failed' };
}

const neverStopped = new AbortController().signal;

/** What ended as an event: the verdicts have been told one by one. */
function endedEvent({ result, evidence }: Ended): object {
  const { error, verdicts: _verdicts, ...told } = result;
  const { code, message } = error === undefined ? {} : toFailure(error, neverStopped);
  return { ...told, evidence, ...(error !== undefined && { error: { code, message } }) };
}
