import type { Chain } from './chain.ts';
import type { DesiredFilter, Direction } from './filter.ts';
import type { WorkloadId } from './workload.ts';

/** How a finished rollout came about. */
export interface RevisionInfo {
  readonly fleet: string;
  readonly target: string;
  /** 1, 2, 3, … */
  readonly number: number;
  /** RFC 3339. */
  readonly at: string;
  /** `user@host`. */
  readonly by: string;
  /** What made it: `apply`, or `rollback to 3`. */
  readonly cause: string;
  /** Source revision of the manifest, when it stands in a git checkout. */
  readonly source?: string;
}

/**
 * What a finished rollout made live on one target: what `rollback` returns to. A filter that stands in many chains is
 * stored once: thirty filters on three hundred workloads have to fit one object of a cluster.
 */
export interface Revision extends RevisionInfo {
  readonly schema: 'wasmcast.dev/revision/v1';
  readonly filters: readonly DesiredFilter[];
  readonly chains: readonly RevisionChain[];
}

/** A chain by reference: indices into {@link Revision.filters}. */
export interface RevisionChain {
  readonly workload: WorkloadId;
  readonly direction: Direction;
  readonly filters: readonly number[];
}

/** Packs whole chains into a revision. */
export function toRevision(info: RevisionInfo, chains: readonly Chain[]): Revision {
  const filters: DesiredFilter[] = [];
  const indices = new Map<string, number>();
  const indexOf = (filter: DesiredFilter): number => {
    const key = JSON.stringify(filter);
    let index = indices.get(key);
    if (index === undefined) {
      index = filters.push(filter) - 1;
      indices.set(key, index);
    }
    return index;
  };
  return {
    schema: 'wasmcast.dev/revision/v1',
    ...info,
    chains: chains
      .filter((chain) => chain.filters.length > 0)
      .map(({ workload, direction, filters: list }) => ({ workload, direction, filters: list.map(indexOf) })),
    filters,
  };
}

/** The whole chains of a revision. Throws a TypeError for an index that points nowhere: the object was tampered with. */
export function revisionChains(revision: Revision): readonly Chain[] {
  return revision.chains.map(({ workload, direction, filters }) => ({
    workload,
    direction,
    filters: filters.map((index) => {
      const filter = revision.filters[index];
      if (filter === undefined)
        throw new TypeError(`revision ${revision.number} names filter ${index}, which it does not have`);
      return filter;
    }),
  }));
}
