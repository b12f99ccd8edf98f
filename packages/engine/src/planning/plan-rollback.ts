import {
  type Diagnostic,
  type Fleet,
  type Observed,
  type Revision,
  type PackedChain,
  type RolloutPolicy,
  type Target,
  changeFor,
  diffChains,
  goesOn,
  revisionChains,
  selectorOf,
  workloadAddress,
} from '@wasmcast/core';
import { newest } from '../rollout/revisions.ts';
import { type Planned, planned } from './planned.ts';
import { planToChains, stillThere } from './plan-to-chains.ts';
import { retainedDigests, selectorsFor } from './view.ts';

/**
 * The plan back to revision `number`; without a number to the newest one that is not what is installed: the one before
 * after a good rollout, the newest after one that did not get live and so is none. It fetches nothing: the modules of
 * retained revisions are still in the target. A workload that is not there any more is left out, with a warning. Without
 * `waves` all of it goes back at once, judged by nothing: it was live. Waves are watched by the manifest's gates.
 */
export async function planRollback(
  fleet: Fleet,
  target: Target,
  number: number | undefined,
  signal: AbortSignal,
  waves?: RolloutPolicy['waves'],
): Promise<Planned> {
  const [revisions, stored] = await Promise.all([
    target.revisions.list(fleet.name, signal),
    target.rollouts.read(fleet.name, signal),
  ]);
  // The present manifest need not select every workload that a revision was live on.
  const workloads = new Map(
    revisions.flatMap((r) => r.chains.map((c) => [workloadAddress(c.workload), c.workload])),
  );
  const selectors = [...selectorsFor(fleet, target), ...[...workloads.values()].map(selectorOf)];
  const observed = await target.observe({ fleet: fleet.name, selectors }, signal);
  const to =
    number === undefined
      ? revisions.findLast((r) => !isInstalled(r, observed))
      : revisions.find((r) => r.number === number);
  if (to === undefined) return { diagnostics: [noRevision(fleet.name, target.name, number, revisions)] };
  const wanted = { fleet: fleet.name, chains: stillThere(revisionChains(to), observed), observed };
  const part = planToChains({
    target,
    ...wanted,
    retained: retainedDigests(revisions, wanted),
    ...(waves && { waves }),
    revision: newest(revisions),
    ...(stored && { rollout: stored.record }),
  });
  const stays = new Set(stillThere(to.chains, observed));
  const gone = to.chains.filter((chain) => !stays.has(chain));
  const parts = part.plan === undefined ? [] : [part.plan];
  const steps = part.plan?.steps ?? [];
  const diagnostics = [
    ...part.diagnostics,
    ...((await target.obstacles?.(fleet.name, steps, signal)) ?? []),
    ...gone.map((chain) => goneWorkload(to, chain)),
  ];
  // One that is taken up again goes on as it began.
  const unfinished = part.plan?.unfinished;
  const isInWaves = waves !== undefined || (goesOn(unfinished) && unfinished.inWaves === true);
  return planned(fleet, `rollback to ${to.number}`, parts, diagnostics, isInWaves ? 'back in waves' : 'back');
}

/** True if the workloads that are there have what the revision says of them, and nothing else of the fleet. */
function isInstalled(revision: Revision, observed: Observed): boolean {
  const said = stillThere(revisionChains(revision), observed);
  const installed = observed.workloads.flatMap((w) => w.chains);
  const { fleet } = revision;
  const change = changeFor({ fleet, chains: said, observed, removeAll: false, retained: [] });
  return diffChains(installed, change.chains).length === 0;
}

function goneWorkload(to: Revision, chain: PackedChain): Diagnostic {
  const subject = workloadAddress(chain.workload);
  return {
    severity: 'warning',
    code: 'WC-ROLL-002',
    summary: `revision ${to.number} was live on ${subject}, which is not there any more`,
    help: 'it is left out',
    subject,
  };
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
