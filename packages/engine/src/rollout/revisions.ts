import {
  type Chain,
  type JsonValue,
  type Plan,
  type Revision,
  type TargetPlan,
  canonicalJson,
  revisionChains,
  toRevision,
} from '@wasmcast/core';
import type { RolloutContext } from './context.ts';

/** How many revisions of a fleet are kept; older ones, and what only they name, go. */
export const retainedRevisions = 10;

/** True if the newest revision already says what these chains, as a plan expects them, make live. */
export function isRecorded(last: Revision | undefined, expected: readonly Chain[]): boolean {
  const wanted = expected.filter((chain) => chain.filters.length > 0);
  if (last === undefined) return wanted.length === 0;
  return (
    canonicalJson(revisionChains(last) as unknown as JsonValue) ===
    canonicalJson(wanted as unknown as JsonValue)
  );
}

/**
 * Records what is live now: a new revision, unless the newest one says the same (a repair makes nothing new live, and
 * `rollback` would go back to where it is). Forgets revisions past the limit; a fleet that is removed forgets all.
 * Returns the number of the revision that stands now. Call it with the lock held.
 */
export async function record(
  plan: Plan,
  part: TargetPlan,
  context: RolloutContext,
): Promise<number | undefined> {
  const { target, signal, emit } = context;
  const revisions = await target.revisions.list(plan.fleet, signal);
  if (plan.removeAll) {
    const numbers = revisions.map((r) => r.number);
    if (numbers.length > 0) await target.revisions.delete(plan.fleet, numbers, signal);
    return undefined;
  }
  const last = revisions.at(-1);
  if (isRecorded(last, part.expected)) return last?.number;
  const number = (last?.number ?? 0) + 1;
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
