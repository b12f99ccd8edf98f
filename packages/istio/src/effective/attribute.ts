import type { Origin, SourceObject } from '@wasmcast/core';
import { fleetLabel } from '../names.ts';
import { imageObjectName } from '../versions/discovery-name.ts';
import type { PlacedFilter } from './layout.ts';
import { meshFilters } from './mesh-filters.ts';
import { patchesOf } from './patches.ts';
import { pluginOf } from './plugins.ts';
import { sourceOf } from './source-of.ts';
import type { Source } from './sources.ts';

const fleetFilter = /^wasmcast\.([^.]+)\.(.+)$/;
/** Istio names a policy of an AuthorizationPolicy after the object. */
const policyName = /^ns\[([^\]]*)\]-policy\[([^\]]*)\]/;

/** Says who put a filter there; `sources` are the objects that select the proxy. */
export function originsOf(sources: readonly Source[]): (filter: PlacedFilter) => Origin {
  const plugins = new Map(
    sources.flatMap((source) => {
      const plugin = pluginOf(source);
      return plugin === undefined ? [] : [[plugin.key, source] as const];
    }),
  );
  const brought = new Map(
    sources
      .filter(({ kind }) => kind.kind === 'EnvoyFilter')
      .flatMap((source) => patchesOf(source).map((patch) => [patch.brings, source] as const)),
  );
  const authentications = sources.filter(({ kind }) => kind.kind === 'RequestAuthentication').map(sourceOf);
  return (filter) => {
    const source = plugins.get(imageObjectName(filter.name)) ?? brought.get(filter.name);
    const [, fleet, name] = fleetFilter.exec(filter.name) ?? [];
    if (fleet !== undefined && name !== undefined) {
      return { kind: 'fleet', fleet, filter: name, ...(source && { by: sourceOf(source) }) };
    }
    const what = meshFilters.get(filter.name);
    // An EnvoyFilter that changes a filter of Istio's own names it too; it is Istio's all the same.
    if (what !== undefined) {
      const policies = filter.name.endsWith('jwt_authn') ? authentications : policiesOf(filter, sources);
      return { kind: 'mesh', what, because: policies };
    }
    if (source === undefined) return unknownOrNamed(filter.name);
    const owner = source.object.metadata.labels?.[fleetLabel];
    if (owner === undefined) return { kind: 'object', by: sourceOf(source) };
    return { kind: 'fleet', fleet: owner, filter: filterName(source, owner), by: sourceOf(source) };
  };
}

/** A resource of Istio's names its object, even when that could not be read, or is gone. */
function unknownOrNamed(name: string): Origin {
  const [, namespace, object] = /^ext\w+\.istio\.io\/\w+\/([^.]+)\.(.+)$/.exec(name) ?? [];
  if (namespace === undefined || object === undefined) return { kind: 'unknown' };
  const kind = name.includes('/trafficextension/') && !name.includes('~') ? 'TrafficExtension' : 'WasmPlugin';
  return { kind: 'object', by: { kind, namespace, name: imageObjectName(object) } };
}

/** Our objects are called `wasmcast-<fleet>-<filter>-<hash>`. */
function filterName({ object }: Source, fleet: string): string {
  const { name } = object.metadata;
  const prefix = `wasmcast-${fleet}-`;
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return rest.replace(/-[0-9a-f]{16}$/, '');
}

function policiesOf(filter: PlacedFilter, sources: readonly Source[]): readonly SourceObject[] {
  const named = filter.policies.flatMap((policy): readonly SourceObject[] => {
    const [, namespace, name] = policyName.exec(policy) ?? [];
    return namespace === undefined || name === undefined
      ? []
      : [{ kind: 'AuthorizationPolicy', namespace, name }];
  });
  const known = new Map(
    sources
      .filter(({ kind }) => kind.kind === 'AuthorizationPolicy')
      .map(sourceOf)
      .map((source) => [`${source.namespace}/${source.name}`, source]),
  );
  const unique = new Map(named.map((policy) => [`${policy.namespace}/${policy.name}`, policy]));
  return [...unique].map(([key, policy]) => known.get(key) ?? policy);
}
