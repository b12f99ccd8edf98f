import {
  type Chain,
  type JsonValue,
  type Plan,
  type Revision,
  type TargetPlan,
  jsonEquals,
  revisionChains,
  toRevision,
} from '@wasmcast/core';
import type { RolloutContext } from './context.ts';
import { patiently } from './patience.ts';

/** How many revisions of a fleet are kept; older ones, and what only they name, go. */
export const retainedRevisions = 10;

/** True if the newest revision already says what these chains, as a plan expects them, make live. */
export function isRecorded(last: Revision | undefined, expected: readonly Chain[]): boolean {
  const wanted = expected.filter((chain) => chain.filters.length > 0);
  if (last === undefined) return wanted.length === 0;
  return jsonEquals(revisionChains(last) as unknown as JsonValue, wanted as unknown as JsonValue);
}

/** Number of the newest revision; 0 if there is none. */
export function newest(revisions: readonly Revision[]): number {
  return revisions.at(-1)?.number ?? 0;
}

/**
 * Records what is live now: a new revision, unless the newest one says the same (a repair makes nothing new live, and
 * `rollback` would go back to where it is). Forgets revisions past the limit; a fleet that is removed forgets all.
 * Returns the number of the revision that stands now. Call it with the lock held.
 *
 * `fence` is called after the revisions were read, and throws if the rollout is somebody else's. What others make live after
 * that takes the very number that ours would have, so a process that was suspended meanwhile records nothing false.
 */
export async function record(
  plan: Plan,
  part: TargetPlan,
  context: RolloutContext,
  fence: () => Promise<void>,
): Promise<number | undefined> {
  const { target, signal, emit } = context;
  const list = (): Promise<readonly Revision[]> =>
    patiently(context, () => target.revisions.list(plan.fleet, signal));
  const revisions = await list();
  await fence();
  const forgetRevisions = async (old: readonly Revision[]): Promise<void> => {
    const numbers = old.map((r) => r.number);
    if (numbers.length > 0)
      await patiently(context, () => target.revisions.delete(plan.fleet, numbers, signal));
  };
  if (plan.removeAll) {
    await forgetRevisions(revisions);
    return undefined;
  }
  const last = revisions.at(-1);
  if (isRecorded(last, part.expected)) return last?.number;
  const number = newest(revisions) + 1;
  const at = new Date(context.clock.now()).toISOString();
  const source = context.source === undefined ? {} : { source: context.source };
  const revision = toRevision(
    { fleet: plan.fleet, target: target.name, number, at, by: context.by, cause: plan.cause, ...source },
    part.expected,
  );
  let isFirst = true;
  await patiently(context, async () => {
    // The answer to the first try may have been lost.
    if (!isFirst && (await list()).some((stored) => sameRevision(stored, revision))) return;
    isFirst = false;
    await target.revisions.put(revision, signal);
  });
  await forgetRevisions(revisions.slice(0, Math.max(0, revisions.length + 1 - retainedRevisions)));
  emit({ type: 'revision', target: target.name, number });
  return number;
}

function sameRevision(a: Revision, b: Revision): boolean {
  return jsonEquals(a as unknown as JsonValue, b as unknown as JsonValue);
}
