import type { Chain, Direction } from '@wasmcast/core';
import { chainsOf, placesOf } from './places.ts';
import type { Reading } from './reading.ts';

/** A wanted filter that stands in the proxy, and since when its present configuration is active. */
export interface ModuleUse {
  readonly filter: string;
  readonly direction: Direction;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly reloads: boolean;
  /** The resource by which its configuration is discovered, and when it came; undefined where it stands in the listener. */
  readonly resource?: { readonly name: string; readonly since: number };
}

/** Where the wanted filters stand, for telling which of them a crash of their VM concerns. */
export function usesOf(reading: Reading, chains: readonly Chain[]): readonly ModuleUse[] {
  return chains.flatMap(({ direction, filters }) =>
    filters.flatMap((filter): ModuleUse[] => {
      const places = chainsOf(reading.listeners.chains, direction).flatMap((seen) =>
        placesOf(reading, filter, direction, seen).map((place) => {
          const { name = '' } = seen.filters[place] ?? {};
          return { name, listener: seen.since, resource: reading.ecds.get(name)?.since };
        }),
      );
      if (places.length === 0) return [];
      const since = Math.max(...places.map(({ listener, resource = 0 }) => Math.max(listener, resource)));
      const found = places.find(({ resource }) => resource !== undefined);
      const { name = '', resource } = found ?? {};
      const reloads = filter.onFailure === 'reload';
      return [
        {
          filter: filter.name,
          direction,
          since,
          reloads,
          ...(resource !== undefined && { resource: { name, since: resource } }),
        },
      ];
    }),
  );
}
