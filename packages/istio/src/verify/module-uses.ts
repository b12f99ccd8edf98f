import type { Chain, Direction } from '@wasmcast/core';
import type { SeenConfig, SeenFilter } from './dump.ts';
import { chainsOf, placesOf } from './places.ts';
import type { Reading } from './reading.ts';

/** A wanted filter that stands in the proxy, and since when its present configuration is active. */
export interface ModuleUse {
  readonly filter: string;
  readonly direction: Direction;
  /** Names its VM: filters of the same module and vm_id run in one, and die together. */
  readonly vm: string;
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
      const find = placesOf(reading, filter, direction);
      const places = chainsOf(reading.listeners.chains, direction).flatMap((seen) =>
        find(seen).map((place) => {
          const at = seen.filters[place];
          const { name = '' } = at ?? {};
          const resource = reading.ecds.get(name)?.since;
          return { name, listener: seen.since, resource, vmId: vmIdOf(configOf(reading, at)) };
        }),
      );
      if (places.length === 0) return [];
      const since = Math.max(...places.map(({ listener, resource = 0 }) => Math.max(listener, resource)));
      const found = places.find(({ resource }) => resource !== undefined);
      const { name = '', resource } = found ?? {};
      const reloads = filter.onFailure === 'reload';
      const vm = `${places[0]?.vmId ?? ''} ${filter.moduleDigest}`;
      return [
        {
          filter: filter.name,
          direction,
          vm,
          since,
          reloads,
          ...(resource !== undefined && { resource: { name, since: resource } }),
        },
      ];
    }),
  );
}

/** True if the proxy runs Wasm filters beside the wanted ones: whose they are nobody asks. */
export function hasOtherVms(reading: Reading, chains: readonly Chain[]): boolean {
  const finders = chains.map(({ direction, filters }) => ({
    direction,
    find: filters.map((filter) => placesOf(reading, filter, direction)),
  }));
  return reading.listeners.chains.some((seen) => {
    const wanted = finders
      .filter(({ direction }) => chainsOf([seen], direction).length > 0)
      .flatMap(({ find }) => find.flatMap((places) => places(seen)));
    return seen.filters.some(
      (filter, place) => !wanted.includes(place) && configOf(reading, filter)?.kind === 'wasm',
    );
  });
}

function configOf({ ecds }: Reading, filter: SeenFilter | undefined): SeenConfig | undefined {
  return filter?.config ?? ecds.get(filter?.name ?? '')?.config;
}

function vmIdOf(config: SeenConfig | undefined): string | undefined {
  return config?.kind === 'wasm' ? config.plugin.vm_config?.vm_id : undefined;
}
