import type { Fleet, Observed, Revision, Sha256, Target } from '@wasmcast/core';
import { retainedRevisions } from '../rollout/run-rollout.ts';

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
  const selectors = fleet.bindings.filter((b) => b.target === target.name).map((b) => b.select);
  const [observed, revisions] = await Promise.all([
    target.observe({ fleet: fleet.name, selectors }, signal),
    target.revisions.list(fleet.name, signal),
  ]);
  const kept = revisions.slice(-(retainedRevisions - 1));
  const retained = new Set(kept.flatMap((r) => r.filters.map((f) => f.moduleDigest)));
  return { target, observed, revisions, retained: [...retained] };
}
