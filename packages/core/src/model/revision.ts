import type { Chain } from './chain.ts';
import type { DesiredFilter } from './filter.ts';
import { ChainPack, type PackedChain, unpackChains } from './packed-chains.ts';

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
  readonly chains: readonly PackedChain[];
}

/** Packs whole chains into a revision. */
export function toRevision(info: RevisionInfo, chains: readonly Chain[]): Revision {
  const pack = new ChainPack();
  return {
    schema: 'wasmcast.dev/revision/v1',
    ...info,
    chains: pack.add(chains.filter((chain) => chain.filters.length > 0)),
    filters: pack.filters,
  };
}

/** The whole chains of a revision. Throws a TypeError for an index that points nowhere: the object was tampered with. */
export function revisionChains(revision: Revision): readonly Chain[] {
  return unpackChains(revision.filters, revision.chains);
}
