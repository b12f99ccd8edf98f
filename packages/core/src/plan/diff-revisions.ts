import { revisionChains, type Revision } from '../model/revision.ts';
import { type Action, chainKey, diffChains } from './diff-chains.ts';

/** What became of each filter from one revision of a target to another, by workload; undefined: there was nothing. */
export function diffRevisions(before: Revision | undefined, after: Revision): readonly Action[] {
  const installed = before === undefined ? [] : revisionChains(before);
  const wanted = revisionChains(after);
  const stays = new Set(wanted.map(chainKey));
  const gone = installed
    .filter((chain) => !stays.has(chainKey(chain)))
    .map((chain) => ({ ...chain, filters: [] }));
  const all = [...wanted, ...gone];
  return diffChains(
    installed,
    all.toSorted((a, b) => (chainKey(a) < chainKey(b) ? -1 : 1)),
  );
}
