import { randomBytes } from 'node:crypto';
import { type Plan, type Target, exitCodes } from '@wasmcast/core';
import {
  type RolloutContext,
  httpAsk,
  journalPath,
  openFileJournal,
  runRollout,
  systemClock,
} from '@wasmcast/engine';
import { type Context, stateHome } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { processNames } from '../process-name.ts';
import type { View } from '../views/view.ts';
import { Witness } from './evidence.ts';
import type { OpenManifest } from './open-fleet.ts';
import { type Ended, showEnded } from './show-ended.ts';
import { sourceRevision } from './source-revision.ts';

/**
 * Rolls a plan out, target after target; the first that does not end as it should stops it. Ends the command unless all is
 * live. `order` is what a person decided about a rollout that waits.
 */
export async function runPlan(
  command: string,
  plan: Plan,
  { folder }: OpenManifest,
  targets: readonly Target[],
  context: Context,
  view: View,
  order?: RolloutContext['order'],
): Promise<void> {
  const source = await sourceRevision(folder);
  const processes = processNames();
  const ended: Ended[] = [];
  for (const part of plan.targets) {
    const target = targets.find((t) => t.name === part.target);
    if (target === undefined) throw new TypeError(`target ${part.target} is not open`);
    const witness = new Witness(() => systemClock.now());
    const result = await runRollout(plan, part, {
      target,
      openJournal: () => openFileJournal(journalPath(stateHome(context.env), target.name, plan.fleet)),
      clock: systemClock,
      emit: (event) => {
        witness.take(event);
        view.rollout(event);
      },
      ask: httpAsk,
      by: context.user,
      ...(processes !== undefined && { process: processes }),
      ...(source !== undefined && { source }),
      nonce: () => randomBytes(8).toString('hex'),
      ...(order !== undefined && { order }),
      stop: context.stop,
      signal: context.signal,
    });
    ended.push({ part, result, evidence: witness.evidence });
    if (result.outcome !== (order === 'abort' ? 'rolled-back' : 'live')) break;
  }
  const exit = showEnded(command, plan, ended, context, view);
  if (exit !== exitCodes.ok) throw new CommandFailed(exit);
}
