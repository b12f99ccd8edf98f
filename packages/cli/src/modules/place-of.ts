import type { FilterSpec, SourceSpan } from '@wasmcast/core';
import type { OpenManifest } from '../fleet/open-fleet.ts';

/** Where the manifest says `key` of a filter, or the filter. */
export function placeOf(
  filter: FilterSpec,
  { fleet, locate }: OpenManifest,
  key: string,
): SourceSpan | undefined {
  const index = fleet.filters.findIndex((f) => f.name === filter.name);
  return locate(['filters', index, key]) ?? locate(['filters', index]);
}
