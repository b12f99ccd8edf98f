import { randomBytes } from 'node:crypto';
import { type Plan, type Target, exitCodes } from '@wasmcast/core';
import { type RolloutResult, journalPath, openFileJournal, runRollout, systemClock } from '@wasmcast/engine';
import { type Context, stateHome } from '../context.ts';
import { CommandFailed, toFailure } from '../failure.ts';
import { resultText } from '../views/result-text.ts';
import type { View } from '../views/view.ts';
import { sourceRevision } from './source-revision.ts';

/** Rolls a plan out, target after target; the first that does not end live stops it. Ends the command unless all is live. */
export async function runPlan(
  command: string,
  plan: Plan,
  targets: readonly Target[],
  context: Context,
  view: View,
): Promise<void> {
  const source = await sourceRevision(context.cwd);
  const results: RolloutResult[] = [];
  for (const part of plan.targets) {
    const target = targets.find((t) => t.name === part.target);
    if (target === undefined) throw new TypeError(`target ${part.target} is not open`);
    const result = await runRollout(plan, part, {
      target,
      openJournal: () => openFileJournal(journalPath(stateHome(context.env), target.name, plan.fleet)),
      clock: systemClock,
      emit: (event) => view.rollout(event),
      by: context.user,
      ...(source !== undefined && { source }),
      nonce: () => randomBytes(8).toString('hex'),
      stop: context.stop,
      signal: context.signal,
    });
    results.push(result);
    if (result.outcome !== 'live') break;
  }
  const exit = showResults(command, plan, results, context, view);
  if (exit !== exitCodes.ok) throw new CommandFailed(exit);
}

/** Shows how it ended; returns the exit code. */
function showResults(
  command: string,
  plan: Plan,
  results: readonly RolloutResult[],
  context: Context,
  view: View,
): number {
  const last = results.at(-1);
  const failure =
    last?.outcome === 'failed' ? toFailure(last.error, context.stop, last.failedStep) : undefined;
  if (failure !== undefined) view.failure(failure);
  view.answer('result', resultText(command, plan, results, view.paint), {
    targets: results.map(resultEvent),
  });
  const sum = (of: (r: RolloutResult) => number): number => results.reduce((total, r) => total + of(r), 0);
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
    case 'not-live':
      return exitCodes.notAllLive;
    case 'interrupted':
      return exitCodes.interrupted;
    case 'failed':
      return exitCodes[failure?.exit ?? 'failed'];
  }
}

const neverStopped = new AbortController().signal;

/** A result as an event: the verdicts have been told one by one. */
function resultEvent({ error, verdicts: _verdicts, ...result }: RolloutResult): object {
  if (error === undefined) return result;
  const { code, message } = toFailure(error, neverStopped);
  return { ...result, error: { code, message } };
}
