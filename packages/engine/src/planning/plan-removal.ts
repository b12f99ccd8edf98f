import { type Fleet, type Target, planTarget } from '@wasmcast/core';
import { newest } from '../rollout/revisions.ts';
import { type Planned, planned } from './planned.ts';
import { withoutAbsences } from './plan-to-chains.ts';
import { view } from './view.ts';

/** The plan that takes the whole fleet out of the targets, with its history. Needs no module and no registry. */
export async function planRemoval(
  fleet: Fleet,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<Planned> {
  const views = await Promise.all(targets.map((target) => view(target, fleet, signal, { strays: true })));
  const parts = views.map(({ target, observed, revisions, rollout }) =>
    planTarget({
      target,
      fleet: fleet.name,
      chains: [],
      observed: withoutAbsences(observed),
      removeAll: true,
      retained: [],
      modules: new Map(),
      waves: [],
      revision: newest(revisions),
      ...(rollout && { rollout }),
    }),
  );
  return planned(
    fleet,
    'remove',
    parts.flatMap((p) => p.plan ?? []),
    parts.flatMap((p) => p.diagnostics),
    'back',
  );
}
