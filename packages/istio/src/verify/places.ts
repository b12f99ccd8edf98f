import type { DesiredFilter, Direction } from '@wasmcast/core';
import { httpFilterName, imageFilterName } from '../names.ts';
import { imageObjectName } from '../versions/discovery-name.ts';
import type { SeenChain } from './dump.ts';
import type { Reading } from './reading.ts';

/** The HTTP chains of a direction. */
export function chainsOf(all: readonly SeenChain[], direction: Direction): readonly SeenChain[] {
  // A gateway's listeners are outbound in Istio's terms.
  const wanted = direction === 'inbound' ? 'INBOUND' : 'OUTBOUND';
  return all.filter((chain) => chain.direction === wanted);
}

/** Finds where in a chain a filter stands; more than one place is one too many. */
export type PlacesOf = (chain: SeenChain) => readonly number[];

/** Whichever delivery brought the filter. Its names are made once for all chains: one is a hash. */
export function placesOf(reading: Reading, filter: DesiredFilter, direction: Direction): PlacesOf {
  const mounted = httpFilterName(reading.fleet, filter.name);
  const image = imageFilterName(reading.fleet, reading.workload, direction, filter.name);
  return ({ filters }) =>
    filters.flatMap(({ name }, i) => (name === mounted || imageObjectOf(reading, name) === image ? [i] : []));
}

/** Name of the WasmPlugin or TrafficExtension behind a filter in Envoy's chain, if it is one of the workload's namespace. */
function imageObjectOf(reading: Reading, seen: string): string | undefined {
  const name = imageObjectName(seen);
  const own = `${reading.workload.namespace}.`;
  return name.startsWith(own) ? name.slice(own.length) : undefined;
}

/** Names of the fleet's filters in the active chains of a direction. */
export function leftovers(
  reading: Reading,
  direction: 'inbound' | 'outbound',
  shown: Direction,
): ReadonlySet<string> {
  const chains = chainsOf(reading.listeners.chains, direction);
  const prefix = httpFilterName(reading.fleet, '');
  const names = new Set<string>();
  for (const name of new Set(chains.flatMap(({ filters }) => filters.map((filter) => filter.name)))) {
    if (name.startsWith(prefix)) names.add(name.slice(prefix.length));
    const filter = filterOfImageObject(reading, name, shown);
    if (filter !== undefined) names.add(filter);
  }
  return names;
}

function filterOfImageObject(reading: Reading, seen: string, direction: Direction): string | undefined {
  const object = imageObjectOf(reading, seen);
  const prefix = `wasmcast-${reading.fleet}-`;
  if (object === undefined || !object.startsWith(prefix)) return undefined;
  const name = /^(.+)-[0-9a-f]{16}$/.exec(object.slice(prefix.length))?.[1];
  if (name === undefined) return undefined;
  // `a-b` could be filter b of fleet a or a filter of fleet a-b: the hash tells.
  return imageFilterName(reading.fleet, reading.workload, direction, name) === object ? name : undefined;
}
