import {
  type Direction,
  type InstanceVerdict,
  type RolloutRecord,
  chainKey,
  diffChains,
  rolloutChains,
  workloadAddress,
} from '@wasmcast/core';

/**
 * What instances may show at the end of a way back: each filter live, or `maybe-crashed` if the rollout changed neither it
 * nor another one of its module, whose VM it may share. Of such a filter nobody can tell whether the VM that died was its
 * own; there is nothing that could be written back, and no reading that would ever say more.
 */
export function asBefore(record: RolloutRecord): (verdict: InstanceVerdict) => boolean {
  const { wanted, previous } = rolloutChains(record);
  const changed = Map.groupBy(diffChains(previous, wanted), ({ workload }) => workload);
  const stood = new Map(previous.map((chain) => [chainKey(chain), chain]));
  return ({ instance: { workload }, filters }) => {
    const actions = changed.get(workloadAddress(workload)) ?? [];
    const touched = new Set(
      actions.flatMap(({ before, after }) => [before?.moduleDigest, after?.moduleDigest]),
    );
    const isUntouched = (name: string, direction: Direction): boolean => {
      const chain = stood.get(chainKey({ workload, direction }));
      const filter = chain?.filters.find((each) => each.name === name);
      return filter !== undefined && !touched.has(filter.moduleDigest);
    };
    return filters.every(
      ({ verdict, filter, direction }) =>
        verdict === 'live' || (verdict === 'maybe-crashed' && isUntouched(filter, direction)),
    );
  };
}
