import {
  type Chain,
  type Fleet,
  type ObserveQuery,
  type Observed,
  type Revision,
  type RolloutRecord,
  type Selector,
  type Sha256,
  type Target,
  changeFor,
} from '@wasmcast/core';
import { isRecorded, retainedRevisions } from '../rollout/revisions.ts';

/** A target as planning sees it. */
export interface View {
  readonly target: Target;
  readonly observed: Observed;
  readonly revisions: readonly Revision[];
  /** The rollout that is not live yet, if there is one. */
  readonly rollout?: RolloutRecord;
}

/**
 * Looks at a target: what the fleet selects there, what it has there, its revisions and its rollout. With `strays` also for
 * what it had there and nobody lists any more.
 */
export async function view(
  target: Target,
  fleet: Fleet,
  signal: AbortSignal,
  strays: Pick<ObserveQuery, 'strays'> = {},
): Promise<View> {
  const selectors = selectorsFor(fleet, target);
  const [observed, revisions, stored] = await Promise.all([
    target.observe({ fleet: fleet.name, selectors, ...strays }, signal),
    target.revisions.list(fleet.name, signal),
    target.rollouts.read(fleet.name, signal),
  ]);
  return { target, observed, revisions, ...(stored && { rollout: stored.record }) };
}

/** What the fleet's bindings select on a target. */
export function selectorsFor(fleet: Fleet, target: Target): readonly Selector[] {
  return fleet.bindings.filter((b) => b.target === target.name).map((b) => b.select);
}

/**
 * Module digests of the revisions that are still kept once what is wanted is live. The oldest makes room only for a new
 * one: what is recorded already adds none, and must not take the modules of a revision that stays.
 */
export function retainedDigests(
  revisions: readonly Revision[],
  wanted: { readonly fleet: string; readonly chains: readonly Chain[]; readonly observed: Observed },
): readonly Sha256[] {
  const { chains } = changeFor({ ...wanted, removeAll: false, retained: [] });
  const count = isRecorded(revisions.at(-1), chains) ? retainedRevisions : retainedRevisions - 1;
  return [...new Set(revisions.slice(-count).flatMap((r) => r.filters.map((f) => f.moduleDigest)))];
}
