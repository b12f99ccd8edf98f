import {
  type Diagnostic,
  type Fleet,
  type Revision,
  type Target,
  planTarget,
  revisionChains,
} from '@wasmcast/core';
import { type Planned, planned } from './planned.ts';
import { view } from './view.ts';

/**
 * The plan back to revision `number`, or to the one before the newest. It fetches nothing: the modules of retained
 * revisions are still in the target.
 */
export async function planRollback(
  fleet: Fleet,
  target: Target,
  number: number | undefined,
  signal: AbortSignal,
): Promise<Planned> {
  const { observed, retained, revisions } = await view(target, fleet, signal);
  const to = number === undefined ? revisions.at(-2) : revisions.find((r) => r.number === number);
  if (to === undefined) return { diagnostics: [noRevision(fleet.name, target.name, number, revisions)] };
  const part = planTarget({
    target,
    fleet: fleet.name,
    chains: revisionChains(to),
    observed,
    removeAll: false,
    retained,
    modules: new Map(),
  });
  return planned(
    fleet,
    `rollback to ${to.number}`,
    part.plan === undefined ? [] : [part.plan],
    part.diagnostics,
  );
}

function noRevision(
  fleet: string,
  target: string,
  number: number | undefined,
  revisions: readonly Revision[],
): Diagnostic {
  const known = revisions.map((r) => r.number).join(', ');
  const which = number === undefined ? 'revision before the present one' : `revision ${number}`;
  return {
    severity: 'error',
    code: 'WC-ROLL-001',
    summary: `fleet ${fleet} has no ${which} on ${target}`,
    help:
      known === ''
        ? 'nothing was rolled out yet; `wasmcast history` shows what was'
        : `it has: ${known}; \`wasmcast remove\` takes the fleet out`,
    exit: 'failed',
  };
}
