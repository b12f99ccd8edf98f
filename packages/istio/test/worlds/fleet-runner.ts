import { randomUUID } from 'node:crypto';
import type { Fleet, Journal, Plan, Target } from '@wasmcast/core';
import {
  type Planned,
  planFleet,
  planRemoval,
  type RolloutResult,
  runRollout,
  systemClock,
} from '@wasmcast/engine';
import { memoryModules } from './memory-modules.ts';

/** As `apply` plans it. */
export function planApply(target: Target, fleet: Fleet, signal: AbortSignal): Promise<Planned> {
  return planFleet({ fleet, targets: [target], source: memoryModules, locate: () => undefined }, signal);
}

/** As `remove` plans it. */
export function planRemove(target: Target, fleet: Fleet, signal: AbortSignal): Promise<Planned> {
  return planRemoval(fleet, [target], signal);
}

/** Runs a plan as the command does; with `stopAfter` it is interrupted, as by Ctrl-C, after so many writes. */
export async function roll(
  target: Target,
  plan: Plan,
  signal: AbortSignal,
  stopAfter = Infinity,
): Promise<RolloutResult> {
  const [part] = plan.targets;
  if (part === undefined) throw new TypeError('a plan for no target');
  const stop = new AbortController();
  let written = 0;
  const journal: Journal = {
    append: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return await runRollout(plan, part, {
    target,
    openJournal: async () => journal,
    clock: systemClock,
    emit: (event) => {
      if (event.type === 'step-done' && ++written >= stopAfter) stop.abort();
    },
    ask: async () => ({ status: 200, body: '' }),
    by: 'test@here',
    nonce: randomUUID,
    stop: stop.signal,
    signal,
  });
}
