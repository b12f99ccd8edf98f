import {
  type Chain,
  type Observed,
  type Target,
  revisionChains,
  rolloutChains,
  WasmcastError,
} from '@wasmcast/core';

/** What a fleet should show on a target, from what the target itself remembers: no module and no registry is needed. */
export interface LastLive {
  readonly chains: readonly Chain[];
  /** What it was taken from, for people. */
  readonly from: string;
}

/** Wanted by the rollout that is not over; else by the newest revision; else what the fleet's objects say. */
export async function lastLive(
  fleet: string,
  target: Target,
  observed: Observed,
  signal: AbortSignal,
): Promise<LastLive> {
  const installed = observed.workloads.flatMap(({ chains }) => chains);
  try {
    const stored = await target.rollouts.read(fleet, signal);
    if (stored !== undefined) {
      const { record } = stored;
      const { wanted, previous } = rolloutChains(record);
      const goesBack = record.phase === 'going-back' || record.phase === 'went-back';
      return { chains: goesBack ? previous : wanted, from: `the unfinished rollout (${record.phase})` };
    }
    const newest = (await target.revisions.list(fleet, signal)).at(-1);
    if (newest === undefined)
      return { chains: installed, from: 'the objects of the fleet: it has no revision' };
    const { number, cause, by, at } = newest;
    return { chains: revisionChains(newest), from: `revision ${number} (${cause} by ${by} at ${at})` };
  } catch (error) {
    if (!(error instanceof WasmcastError) || error.exit !== 'notPermitted') throw error;
    return {
      chains: installed,
      from: `the objects of the fleet: its revisions may not be read (${error.message})`,
    };
  }
}
