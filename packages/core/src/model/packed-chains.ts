import type { Chain } from './chain.ts';
import type { DesiredFilter, Direction } from './filter.ts';
import type { WorkloadId } from './workload.ts';

/** A chain by reference: indices into a list of filters that stands beside it. */
export interface PackedChain {
  readonly workload: WorkloadId;
  readonly direction: Direction;
  readonly filters: readonly number[];
}

/** Packs chains so that a filter that stands in many of them is stored once. */
export class ChainPack {
  readonly filters: DesiredFilter[] = [];
  readonly #indices = new Map<string, number>();

  add(chains: readonly Chain[]): readonly PackedChain[] {
    return chains.map(({ workload, direction, filters }) => ({
      workload,
      direction,
      filters: filters.map((filter) => this.#indexOf(filter)),
    }));
  }

  #indexOf(filter: DesiredFilter): number {
    const key = JSON.stringify(filter);
    let index = this.#indices.get(key);
    if (index === undefined) {
      index = this.filters.push(filter) - 1;
      this.#indices.set(key, index);
    }
    return index;
  }
}

/** The whole chains. Throws a TypeError for an index that points nowhere: the object was tampered with. */
export function unpackChains(
  filters: readonly DesiredFilter[],
  packed: readonly PackedChain[],
): readonly Chain[] {
  return packed.map(({ workload, direction, filters: indices }) => ({
    workload,
    direction,
    filters: indices.map((index) => {
      const filter = filters[index];
      if (filter === undefined) throw new TypeError(`a chain names filter ${index}, which is not there`);
      return filter;
    }),
  }));
}
