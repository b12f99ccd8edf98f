import {
  type Chain,
  configurationText,
  type DesiredFilter,
  type Direction,
  type FilterVerdict,
  isArray,
  jsonEquals,
  type JsonValue,
  type Sha256,
  type VerdictKind,
  type WorkloadId,
} from '@wasmcast/core';
import { failurePolicies } from '../compile/envoy-filter.ts';
import { effectiveVmId } from '../filter-meta.ts';
import { httpFilterName, imageFilterName, moduleFile } from '../names.ts';
import { imageObjectName } from '../versions/discovery-name.ts';
import type { PluginConfig, SeenChain, SeenEcds, SeenListeners } from './dump.ts';
import { describeMount, type Mounts } from './mounts.ts';

/** All that was read from one instance. */
export interface Reading {
  readonly fleet: string;
  readonly workload: WorkloadId;
  readonly listeners: SeenListeners;
  readonly ecds: ReadonlyMap<string, SeenEcds>;
  readonly mounts: Mounts;
  /** Names of ConfigMap modules whose content is not what their name says, with what was found. */
  readonly falseModules: ReadonlyMap<Sha256, string>;
}

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

/** What an instance shows of the wanted chains, and what it shows that nobody wants. Pure. */
export function judge(reading: Reading, chains: readonly Chain[]): readonly FilterVerdict[] {
  const verdicts: FilterVerdict[] = [];
  for (const chain of chains) {
    const seen = chainsOf(reading.listeners.chains, chain.direction);
    verdicts.push(...judgeChain(reading, chain, seen));
  }
  for (const direction of ['inbound', 'outbound'] as const) {
    const wanted = chains.filter(
      (c) => c.direction === direction || (c.direction === 'gateway' && direction === 'outbound'),
    );
    const names = new Set(wanted.flatMap((chain) => chain.filters.map((filter) => filter.name)));
    const gateway = wanted.some((chain) => chain.direction === 'gateway');
    const shown: Direction = gateway ? 'gateway' : direction;
    for (const name of leftovers(reading, direction, shown)) {
      if (!names.has(name)) verdicts.push({ filter: name, direction: shown, verdict: 'still-there' });
    }
  }
  return verdicts;
}

function chainsOf(all: readonly SeenChain[], direction: Direction): readonly SeenChain[] {
  // A gateway's listeners are outbound in Istio's terms.
  const wanted = direction === 'inbound' ? 'INBOUND' : 'OUTBOUND';
  return all.filter((chain) => chain.direction === wanted);
}

function judgeChain(reading: Reading, chain: Chain, seen: readonly SeenChain[]): readonly FilterVerdict[] {
  const { direction } = chain;
  const places = seen.map((each) =>
    chain.filters.map((filter) => placesOf(reading, filter, direction, each)),
  );
  return chain.filters.map((filter, index): FilterVerdict => {
    const say = (verdict: VerdictKind, evidence?: string): FilterVerdict => ({
      filter: filter.name,
      direction,
      verdict,
      ...(evidence !== undefined && { evidence }),
    });
    if (seen.length === 0) {
      return isWarming(reading)
        ? say('pending', 'its listeners are warming')
        : say('not-in-chain', withRefusal(reading, `the proxy has no ${direction} HTTP listener`));
    }
    const absent = seen.filter((_, i) => (places[i]?.[index]?.length ?? 0) === 0);
    const [first] = absent;
    if (first !== undefined) {
      if (isWarming(reading)) return say('pending', `warming: ${reading.listeners.warming.join(', ')}`);
      const where = `missing in ${absent.length} of ${seen.length} HTTP chains, ${first.listener} among them`;
      return say('not-in-chain', withRefusal(reading, where));
    }
    for (const [i, each] of seen.entries()) {
      const verdict = judgeConfig(reading, filter, each, places[i]?.[index]?.[0] ?? 0);
      if (verdict !== undefined) return say(...verdict);
    }
    for (const [i, each] of seen.entries()) {
      const own = places[i]?.[index] ?? [];
      if (own.length > 1) return say('out-of-order', `it stands ${own.length} times in ${each.listener}`);
    }
    for (const [i, each] of seen.entries()) {
      const order = (places[i] ?? []).map((list) => list[0] ?? -1);
      const sorted = order.filter((place) => place >= 0).toSorted((a, b) => a - b);
      // Compared by rank: a filter that is missing does not put the others out of order.
      const expected = order.slice(0, index + 1).filter((place) => place >= 0).length - 1;
      if (sorted.indexOf(order[index] ?? -1) !== expected) {
        const names = each.filters.map((f) => f.name);
        return say('out-of-order', `${each.listener} has ${names.join(', ')}`);
      }
    }
    return say('live');
  });
}

/** Listeners that are about to be replaced; what they will show is not known yet. */
function isWarming(reading: Reading): boolean {
  return reading.listeners.warming.length > 0;
}

function placesOf(
  reading: Reading,
  filter: DesiredFilter,
  direction: Direction,
  chain: SeenChain,
): readonly number[] {
  return chain.filters.flatMap((seen, i) => (isOf(reading, filter.name, direction, seen.name) ? [i] : []));
}

/** True if a filter in Envoy's chain is this filter, whichever delivery brought it. */
function isOf(reading: Reading, name: string, direction: Direction, seen: string): boolean {
  if (seen === httpFilterName(reading.fleet, name)) return true;
  return imageObjectOf(reading, seen) === imageFilterName(reading.fleet, reading.workload, direction, name);
}

/** Name of the WasmPlugin or TrafficExtension behind a filter in Envoy's chain, if it is one of the workload's namespace. */
function imageObjectOf(reading: Reading, seen: string): string | undefined {
  const name = imageObjectName(seen);
  const own = `${reading.workload.namespace}.`;
  return name.startsWith(own) ? name.slice(own.length) : undefined;
}

/** What was seen, with the reason that Envoy gives for an update that it did not take. */
function withRefusal({ listeners }: Reading, seen: string): string {
  const [refused] = listeners.errors;
  return refused === undefined ? seen : `${seen}; Envoy refused an update: ${refused}`;
}

function judgeConfig(
  reading: Reading,
  filter: DesiredFilter,
  chain: SeenChain,
  place: number,
): readonly [VerdictKind, string] | undefined {
  const seen = chain.filters[place];
  if (seen === undefined) return ['not-in-chain', chain.listener];
  const byImage = seen.name !== httpFilterName(reading.fleet, filter.name);
  const config = seen.config ?? reading.ecds.get(seen.name)?.config;
  if (config === undefined) return ['pending', 'its configuration has not arrived'];
  if (config.kind === 'rbac') {
    return config.denies
      ? ['placeholder-deny', 'the agent could not fetch the image; every request is denied']
      : ['placeholder-allow', 'the agent could not fetch the image; requests pass without the filter'];
  }
  if (config.kind === 'other') return ['wrong-config', `a ${config.type} stands in its place`];
  const { plugin } = config;
  if (byImage !== (filter.delivery === 'image')) {
    return ['wrong-config', `it is delivered by ${byImage ? 'image' : 'configmap'}`];
  }
  const digest = byImage ? imageDigestFault(plugin, filter) : mountedDigestFault(reading, plugin, filter);
  if (digest !== undefined) return ['wrong-digest', digest];
  const difference = settingFault(plugin, filter);
  return difference === undefined ? undefined : ['wrong-config', withRefusal(reading, difference)];
}

/** The agent names the file by the digest of the image's manifest; before Istio 1.14 by that of the module. */
function imageDigestFault(plugin: PluginConfig, filter: DesiredFilter): string | undefined {
  const file = plugin.vm_config?.code?.local?.filename ?? '';
  const found = /([0-9a-f]{64})\.wasm$/.exec(file)?.[1];
  if (found === filter.image?.digest || found === filter.moduleDigest) return undefined;
  return found === undefined
    ? `the proxy has no fetched image (${file || 'no file'})`
    : `image sha256:${found}`;
}

function mountedDigestFault(
  reading: Reading,
  plugin: PluginConfig,
  filter: DesiredFilter,
): string | undefined {
  const file = plugin.vm_config?.code?.local?.filename ?? '';
  const expected = moduleFile(filter.moduleDigest);
  if (file === '') return 'its module is not a file: Envoy fetches it by itself';
  if (!file.endsWith(`/${expected}`)) return `module ${file}`;
  const mount = describeMount(reading.mounts, reading.fleet, filter.moduleDigest);
  if (mount.path !== file)
    return `the pod does not mount the module at ${file}: ${mount.fault ?? 'it is elsewhere'}`;
  return reading.falseModules.get(filter.moduleDigest);
}

/** What differs between the plugin in Envoy and what is wanted; the configuration itself is never quoted. */
function settingFault(plugin: PluginConfig, filter: DesiredFilter): string | undefined {
  const image = filter.delivery === 'image';
  if ((plugin.root_id ?? '') !== filter.rootId) return `root id ${JSON.stringify(plugin.root_id ?? '')}`;
  if (!sameConfiguration(plugin.configuration?.value ?? '', filter)) return 'another configuration';
  const policy = plugin.failure_policy ?? (plugin.fail_open === true ? 'FAIL_OPEN' : 'FAIL_CLOSED');
  const wanted = failurePolicies[filter.onFailure];
  if (policy !== wanted && !(policy === 'UNSPECIFIED' && wanted === 'FAIL_CLOSED'))
    return `failure policy ${policy}`;
  const env = plugin.vm_config?.environment_variables?.key_values ?? {};
  const own = Object.fromEntries(
    Object.entries(env).filter(([key]) => !image || !key.startsWith('ISTIO_META')),
  );
  if (!jsonEquals(own, { ...filter.env })) return 'other environment variables';
  if (image) return undefined;
  const vmId = plugin.vm_config?.vm_id ?? '';
  if (vmId !== effectiveVmId(filter)) return `vm id ${JSON.stringify(vmId)}`;
  const precompiled = plugin.vm_config?.allow_precompiled === true;
  return precompiled === filter.allowPrecompiled ? undefined : `allow_precompiled ${precompiled}`;
}

/** Istio writes a WasmPlugin's configuration anew, so objects are compared as what they say. */
function sameConfiguration(found: string, filter: DesiredFilter): boolean {
  const wanted = configurationText(filter.config);
  if (found === wanted) return true;
  if (filter.config.kind !== 'json') return false;
  try {
    const value = JSON.parse(found) as JsonValue;
    return value !== null && !isArray(value) && jsonEquals(value, filter.config.value);
  } catch {
    return false;
  }
}

/** Names of the fleet's filters in the active chains of a direction. */
function leftovers(
  reading: Reading,
  direction: 'inbound' | 'outbound',
  shown: Direction,
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const chain of chainsOf(reading.listeners.chains, direction)) {
    for (const { name } of chain.filters) {
      const prefix = httpFilterName(reading.fleet, '');
      if (name.startsWith(prefix)) names.add(name.slice(prefix.length));
      const filter = filterOfImageObject(reading, name, shown);
      if (filter !== undefined) names.add(filter);
    }
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
