import type { SourceObject } from '@wasmcast/core';
import { ownerOf } from '../owners/owner.ts';
import type { Source } from './sources.ts';

/** An object as it is named to people. */
export function sourceOf({ kind, object }: Source): SourceObject {
  const owner = ownerOf(object.metadata);
  return {
    kind: kind.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    ...(owner !== undefined && { owner }),
  };
}

/** `EnvoyFilter foo/bar` */
export function sourceName({
  kind,
  namespace,
  name,
}: Pick<SourceObject, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace}/${name}`;
}
