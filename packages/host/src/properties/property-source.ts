import type { Status } from '../abi/status.ts';
import type { FilterState } from './filter-state.ts';
import type { PropertyValue } from './property-value.ts';

/** A value, or what Envoy returns instead; `undefined`: ask the next one who may know. */
export type PropertyResult = PropertyValue | Status | undefined;

/** What knows properties: a stream, a connection. */
export interface PropertySource {
  property(parts: readonly string[]): PropertyResult;
}

/** What `proxy_set_property` stored (envoy CelStateKeyPrefix), which only a path of one part finds, and `filter_state`. */
export function storedProperty(state: FilterState, parts: readonly string[]): PropertyValue | undefined {
  const [top, key] = parts;
  const inState = top === 'filter_state' && parts.length === 2;
  if (!inState && parts.length !== 1) return undefined;
  return state.get(inState ? (key as string) : `wasm.${top}`);
}

/**
 * Finds what surroundings know under a path, or under the beginning of one that leads to a map or list: the rest then names
 * an entry of it (envoy context.cc Context::getProperty).
 */
export function surroundingProperty(
  lookup: ((path: readonly string[]) => PropertyValue | undefined) | undefined,
  parts: readonly string[],
): PropertyValue | undefined {
  if (lookup === undefined) return undefined;
  for (let known = parts.length; known > 0; known--) {
    const found = lookup(parts.slice(0, known));
    if (found !== undefined) return entryOf(found, parts.slice(known));
  }
  return undefined;
}

function entryOf(value: PropertyValue | undefined, path: readonly string[]): PropertyValue | undefined {
  const [name, ...rest] = path;
  if (name === undefined || value === undefined) return value;
  if (value.kind === 'map') return entryOf(value.value.find(([key]) => key === name)?.[1], rest);
  if (value.kind !== 'list' || !/^\s*[+-]?\d+\s*$/.test(name)) return undefined;
  return entryOf(value.value[Number(name)], rest);
}

/** The number of a connection, which every stream has. */
export function connectionProperty(id: bigint, parts: readonly string[]): PropertyValue | undefined {
  return parts.length === 1 && parts[0] === 'connection_id' ? { kind: 'uint', value: id } : undefined;
}
