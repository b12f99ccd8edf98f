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
  const value = state.get(inState ? (key as string) : `wasm.${top}`);
  return value === undefined ? undefined : { kind: 'string', value };
}
