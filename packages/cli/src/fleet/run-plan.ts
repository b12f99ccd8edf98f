import { randomBytes } from 'node:crypto';
import { type Plan, type Target, WasmcastError, exitCodes, type ExitName } from '@wasmcast/core';
import { type RolloutResult, journalPath, openFileJournal, runRollout, systemClock } from '@wasmcast/engine';
import { type Context, stateHome } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { sourceRevision } from './source-revision.ts';
import type { View } from '../views/view.ts';
import { resultText } from '../views/result-text.ts';

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
    if (target === undefined) {
      throw new WasmcastError(
        'WC-PLAN-011',
        `the plan is for target ${part.target}, which the manifest does not have`,
        { exit: 'invalid' },
      );
    }
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
  const sum = (of: (r: RolloutResult) => number): number => results.reduce((total, r) => total + of(r), 0);
  const last = results.at(-1);
  const exit = exitCodes[exitOf(last?.outcome ?? 'live')];
  view.answer('result', resultText(command, plan, results, view.paint), {
    targets: results.map(({ error, verdicts: _verdicts, ...r }) => ({
      ...r,
      ...(error instanceof Error && { error: error.message }),
    })),
  });
  view.summary({
    command,
    fleet: plan.fleet,
    outcome: last?.outcome ?? 'live',
    instances: sum((r) => r.verdicts.length),
    live: sum((r) => r.live),
    writes: sum((r) => r.writes),
    exitCode: exit,
  });
  if (last?.outcome === 'failed') throw last.error;
  if (exit !== exitCodes.ok) throw new CommandFailed(exit);
}

function exitOf(outcome: RolloutResult['outcome']): ExitName {
  switch (outcome) {
    case 'live':
      return 'ok';
    case 'not-live':
      return 'notAllLive';
    case 'failed':
      return 'failed';
    case 'interrupted':
      return 'interrupted';
  }
}
