import { type RolloutPhase, type TargetPlan, printable } from '@wasmcast/core';

/** What each phase is called among people. */
export const phaseWords: Readonly<Record<RolloutPhase, string>> = {
  rolling: 'was left in the middle',
  paused: 'is paused',
  stopped: 'failed and stopped',
  'going-back': 'is going back',
  'went-back': 'went back',
};

/** What a plan does with the rollout that the target remembers, in one line; nothing when there is nothing to say. */
export function unfinishedText({ unfinished, waves }: TargetPlan): string | undefined {
  if (unfinished === undefined) return undefined;
  const { phase, reason, finished, same } = unfinished;
  const why = reason === undefined ? '' : ` (${printable(reason)})`;
  const state = `${phaseWords[phase]}${why}`;
  if (phase === 'went-back') return same ? `the same ${state}; it is tried again` : undefined;
  if (!same) return `takes the place of a rollout that ${state}`;
  if (phase === 'going-back') return `the rollout ${state}; that is finished first`;
  const through = `${finished} of ${waves.length} waves ${finished === 1 ? 'is' : 'are'} through`;
  const needs = phase === 'paused' ? '; it waits for `wasmcast promote`, `resume` or `abort`' : '';
  return `goes on with the rollout that ${state}; ${through}${needs}`;
}
