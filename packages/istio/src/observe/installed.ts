import {
  type Chain,
  type DesiredFilter,
  type Direction,
  type FailurePolicy,
  type FilterConfig,
  type JsonObject,
  type JsonValue,
} from '@wasmcast/core';
import { failurePolicies } from '../compile/envoy-filter.ts';
import { failStrategies } from '../compile/image-filter.ts';
import { type Owned, ownedBy } from '../compile/owned.ts';
import { readFragment } from '../fragments.ts';
import type { FilterMeta } from '../filter-meta.ts';
import { isObject, list, object, text } from '../json-parts.ts';
import { httpFilterName } from '../names.ts';
import type { Native, NativeWorkload } from '../native.ts';

/**
 * The chains that the fleet's objects say a workload has. For modules that are mounted, the EnvoyFilter that counts is
 * the one for the mounts of the present template; others serve pods that are on their way out. A template that still
 * mounts modules when the objects are gone gives an empty chain: somebody deleted them, and the rest has to go too.
 */
export function installedChains(workload: NativeWorkload, native: Native): readonly Chain[] {
  const fragment = readFragment(native.fleet, workload.object);
  const label = typeof fragment === 'string' ? null : fragment.label;
  const owned = ownedBy(native.owned, workload.id).filter(
    (o) => o.mounts === undefined || o.mounts === label,
  );
  const chains = [...Map.groupBy(owned, (o) => o.direction)].map(([direction, group]) =>
    chainOf(workload, direction, group, native.fleet),
  );
  if (chains.length > 0 || typeof fragment === 'string') return chains;
  const isClean = Object.values(fragment).every((part) => part === null);
  return isClean ? [] : [{ workload: workload.id, direction: 'inbound', filters: [] }];
}

function chainOf(
  workload: NativeWorkload,
  direction: Direction,
  group: readonly Owned[],
  fleet: string,
): Chain {
  const mounted = group.filter((o) => o.mounts !== undefined).flatMap((o) => mountedFilters(o, fleet));
  const images = group.filter((o) => o.mounts === undefined).flatMap(imageFilters);
  const phase = (name: string | undefined): DesiredFilter[] =>
    images
      .filter((entry) => entry.phase === name)
      .toSorted((a, b) => b.priority - a.priority)
      .map((entry) => entry.filter);
  return {
    workload: workload.id,
    direction,
    filters: [
      ...mounted.filter((filter) => filter.position === 'first'),
      ...phase('AUTHN'),
      ...phase('AUTHZ'),
      ...phase(undefined),
      ...mounted.filter((filter) => filter.position !== 'first'),
    ],
  };
}

/** The filters of an EnvoyFilter that really stand in its spec. */
function mountedFilters(o: Owned, fleet: string): readonly DesiredFilter[] {
  const configs = new Map<string, JsonObject>();
  for (const patch of list(o.owned.object.spec?.['configPatches'])) {
    const value = object(object(patch, 'patch'), 'value');
    configs.set(text(value['name']), object(object(value, 'typed_config'), 'config'));
  }
  return o.filters.flatMap((meta): DesiredFilter[] => {
    const config = configs.get(httpFilterName(fleet, meta.name));
    if (config === undefined) return [];
    const vm = object(config, 'vm_config');
    return [
      {
        ...common(meta),
        delivery: 'configmap',
        rootId: text(config['root_id']),
        allowPrecompiled: vm['allow_precompiled'] === true,
        env: strings(object(object(vm, 'environment_variables'), 'key_values')),
        config: configOf(meta, text(object(config, 'configuration')['value'])),
        onFailure:
          config['fail_open'] === true ? 'open' : keyOf(failurePolicies, text(config['failure_policy'])),
      },
    ];
  });
}

function imageFilters(o: Owned): readonly {
  readonly phase: string | undefined;
  readonly priority: number;
  readonly filter: DesiredFilter;
}[] {
  const [meta] = o.filters;
  const spec = o.owned.object.spec ?? {};
  if (meta === undefined) return [];
  const wasm = o.owned.kind.kind === 'WasmPlugin' ? spec : object(spec, 'wasm');
  const secret = wasm['imagePullSecret'];
  const url = text(wasm['url']);
  const isServed = /^https?:/.test(url);
  const digest = text(wasm['sha256']);
  const env = list(object(wasm, 'vmConfig')['env']).map((entry): [string, string] => {
    const pair = isObject(entry) ? entry : {};
    return [text(pair['name']), text(pair['value'])];
  });
  const pluginConfig = wasm['pluginConfig'];
  const filter: DesiredFilter = {
    ...common(meta),
    delivery: isServed ? 'http' : 'image',
    ...(isServed && { served: url }),
    ...(meta.image !== undefined && {
      image: {
        reference: url.replace(/^oci:\/\//, ''),
        digest: digest as NonNullable<DesiredFilter['image']>['digest'],
        ...(typeof secret === 'string' && { pullSecret: secret }),
      },
    }),
    rootId: text(wasm['pluginName']),
    allowPrecompiled: meta.allowPrecompiled,
    env: Object.fromEntries(env),
    // A text cannot be carried, and an empty one counts as none: what the manifest said is in the annotation.
    config: isObject(pluginConfig)
      ? { kind: 'json', value: pluginConfig }
      : meta.config === 'text'
        ? { kind: 'text', text: '' }
        : { kind: 'none' },
    onFailure: keyOf(failStrategies, text(wasm['failStrategy'])),
  };
  const phase = spec['phase'];
  return [
    { phase: typeof phase === 'string' ? phase : undefined, priority: Number(spec['priority'] ?? 0), filter },
  ];
}

function common(
  meta: FilterMeta,
): Pick<DesiredFilter, 'name' | 'moduleDigest' | 'moduleSize' | 'position' | 'vmId' | 'image'> {
  const { name, moduleDigest, moduleSize, position, vmId, image } = meta;
  return { name, moduleDigest, moduleSize, position, vmId, ...(image !== undefined && { image }) };
}

function configOf(meta: FilterMeta, value: string): FilterConfig {
  if (meta.config === 'json') {
    try {
      const parsed = JSON.parse(value) as JsonValue;
      if (isObject(parsed)) return { kind: 'json', value: parsed };
    } catch {
      // Changed by hand into something that is no JSON.
    }
  }
  return value === '' && meta.config === 'none' ? { kind: 'none' } : { kind: 'text', text: value };
}

function keyOf(map: Readonly<Record<FailurePolicy, string>>, value: string): FailurePolicy {
  for (const [key, name] of Object.entries(map)) if (name === value) return key as FailurePolicy;
  return 'closed';
}

function strings(value: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, text(entry)]));
}
