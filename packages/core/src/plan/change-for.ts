import type { Chain } from '../model/chain.ts';
import type { Sha256 } from '../digest.ts';
import type { Change, Observed } from '../ports/target.ts';
import { chainKey } from './diff-chains.ts';

/** The change that leads to the wanted chains: also what the fleet has installed and nobody wants any more is named. */
export function changeFor(input: {
  readonly fleet: string;
  readonly chains: readonly Chain[];
  readonly observed: Observed;
  readonly removeAll: boolean;
  readonly retained: readonly Sha256[];
}): Change {
  const wanted = new Map(input.chains.map((chain) => [chainKey(chain), chain]));
  const gone = input.observed.workloads.flatMap((w) => w.chains).filter((c) => !wanted.has(chainKey(c)));
  const chains = [...wanted.values(), ...gone.map((c): Chain => ({ ...c, filters: [] }))];
  return {
    fleet: input.fleet,
    chains: chains.toSorted((a, b) => (chainKey(a) < chainKey(b) ? -1 : 1)),
    removeAll: input.removeAll,
    retained: input.retained,
  };
}
