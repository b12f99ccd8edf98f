import type { Fleet, Observed, Revision, Selector, Sha256, Target } from '@wasmcast/core';
import { retainedRevisions } from '../rollout/revisions.ts';

/** A target as planning sees it. */
export interface View {
  readonly target: Target;
  readonly observed: Observed;
  readonly revisions: readonly Revision[];
  /** Module digests that the revisions name which will still be kept once a new one is added. */
  readonly retained: readonly Sha256[];
}

/** Looks at a target: what the fleet selects there, what it has there, and its revisions. */
export async function view(target: Target, fleet: Fleet, signal: AbortSignal): Promise<View> {
  const selectors = selectorsFor(fleet, target);
  const [observed, revisions] = await Promise.all([
    target.observe({ fleet: fleet.name, selectors }, signal),
    target.revisions.list(fleet.name, signal),
  ]);
  return { target, observed, revisions, retained: retainedDigests(revisions) };
}

/** What the fleet's bindings select on a target. */
export function selectorsFor(fleet: Fleet, target: Target): readonly Selector[] {
  return fleet.bindings.filter((b) => b.target === target.name).map((b) => b.select);
}

/** Module digests that the newest revisions name: those that are still kept once a new one is added. */
export function retainedDigests(revisions: readonly Revision[]): readonly Sha256[] {
  const kept = revisions.slice(-(retainedRevisions - 1));
  return [...new Set(kept.flatMap((r) => r.filters.map((f) => f.moduleDigest)))];
}
