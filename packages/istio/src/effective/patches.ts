import type { SourceObject } from '@wasmcast/core';
import { isObject, list, object, text } from '../json-parts.ts';
import type { Source } from './sources.ts';
import { sourceOf } from './source-of.ts';

/** What an EnvoyFilter does to the filters of a proxy, patch by patch. */
export interface FilterPatch {
  readonly by: SourceObject;
  readonly priority: number;
  readonly layer: 'network' | 'http';
  readonly context: string;
  readonly operation: string;
  /** Name of the network filter that the patch wants to find; empty: any. */
  readonly within: string;
  /** Name of the filter that it has its place by, or that it changes; empty: none. */
  readonly anchor: string;
  /** Name of the filter that it brings; empty: it changes the one that is there, or takes it away. */
  readonly brings: string;
}

const layers: Readonly<Record<string, FilterPatch['layer']>> = {
  HTTP_FILTER: 'http',
  NETWORK_FILTER: 'network',
};

/** The patches of an EnvoyFilter that concern filters. */
export function patchesOf(source: Source): readonly FilterPatch[] {
  const { spec = {} } = source.object;
  const by = sourceOf(source);
  return list(spec['configPatches'])
    .filter(isObject)
    .flatMap((entry): readonly FilterPatch[] => {
      const layer = layers[text(entry['applyTo'])];
      if (layer === undefined) return [];
      const match = object(entry, 'match');
      const filter = object(object(object(match, 'listener'), 'filterChain'), 'filter');
      const patch = object(entry, 'patch');
      const own = text(filter['name']);
      return [
        {
          by,
          priority: Number(spec['priority'] ?? 0),
          layer,
          context: text(match['context']) || 'ANY',
          operation: text(patch['operation']),
          within: layer === 'http' ? own : '',
          anchor: layer === 'http' ? text(object(filter, 'subFilter')['name']) : own,
          brings: text(object(patch, 'value')['name']),
        },
      ];
    });
}

/** True if a patch for this context reaches listeners of this direction. */
export function reaches(context: string, direction: 'inbound' | 'outbound' | 'gateway'): boolean {
  switch (context) {
    case 'SIDECAR_INBOUND':
      return direction === 'inbound';
    case 'SIDECAR_OUTBOUND':
      return direction === 'outbound';
    case 'GATEWAY':
      return direction === 'gateway';
    default:
      return true;
  }
}
