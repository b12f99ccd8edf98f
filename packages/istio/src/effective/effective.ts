import type { ChainRemark, EffectiveChain, EffectiveFilter, Origin } from '@wasmcast/core';
import type { SeenListeners } from '../verify/dump.ts';
import { originsOf } from './attribute.ts';
import type { PlacedChain, PlacedFilter } from './layout.ts';
import { remarksOn } from './remarks.ts';
import { type Selected, selectsProxy } from './selects.ts';
import type { Sources } from './sources.ts';

/** What one proxy was seen to have, and what the cluster says about it. */
export interface ProxyScene {
  readonly chains: readonly PlacedChain[];
  readonly errors: SeenListeners['errors'];
  readonly isGateway: boolean;
  readonly proxy: Selected;
  readonly sources: Sources;
}

/** Every filter of a proxy in order, who put it there, and what is odd about it. Pure. */
export function effectiveChains(scene: ProxyScene): {
  readonly chains: readonly EffectiveChain[];
  readonly remarks: readonly ChainRemark[];
} {
  const sources = scene.sources.list.filter((source) => selectsProxy(source, scene.proxy));
  const originOf = originsOf(sources);
  const all = scene.chains.map((chain) => ({
    direction: directionOf(chain, scene.isGateway),
    place: chain.place,
    filters: chain.filters.map((filter) => effectiveFilter(filter, originOf(filter))),
  }));
  const alike = Map.groupBy(all, ({ direction, filters }) => `${direction} ${JSON.stringify(filters)}`);
  const chains = [...alike.values()].flatMap((group): readonly EffectiveChain[] => {
    const [first] = group;
    if (first === undefined) return [];
    const places = [...new Set(group.map(({ place }) => place))];
    return [{ direction: first.direction, places, filters: first.filters }];
  });
  return {
    chains: chains.toSorted((a, b) => rank(a) - rank(b)),
    remarks: [
      ...[...new Set(scene.errors)].map((text): ChainRemark => ({ kind: 'rejected', text })),
      ...remarksOn(chains, sources),
      ...scene.sources.unseen.map((text): ChainRemark => ({ kind: 'unseen', text })),
    ],
  };
}

/** What people look for first: requests that come in, then those that go out, then connections. */
function rank({ direction, filters }: EffectiveChain): number {
  const hasHttp = filters.some(({ layer }) => layer === 'http');
  return (hasHttp ? 0 : 10) + ['inbound', 'gateway', 'outbound', 'other'].indexOf(direction);
}

function directionOf({ direction }: PlacedChain, isGateway: boolean): EffectiveChain['direction'] {
  if (direction === 'UNSPECIFIED') return 'other';
  if (isGateway) return 'gateway';
  return direction === 'INBOUND' ? 'inbound' : 'outbound';
}

function effectiveFilter({ name, layer, config }: PlacedFilter, origin: Origin): EffectiveFilter {
  if (config === undefined) return { name, layer, type: 'not-arrived', origin };
  switch (config.kind) {
    case 'rbac': {
      // Under the name of a Wasm filter it stands for one that the agent could not fetch.
      const isPlaceholder = origin.kind !== 'mesh' && name !== 'envoy.filters.http.rbac';
      const type = isPlaceholder ? `placeholder-${config.denies ? 'deny' : 'allow'}` : 'rbac';
      return { name, layer, type, origin };
    }
    case 'wasm': {
      const module = config.plugin.vm_config?.code?.local?.filename;
      return { name, layer, type: 'wasm', ...(module !== undefined && { module }), origin };
    }
    case 'other':
      return { name, layer, type: shortType(config.type), origin };
  }
}

/** `…filters.http.lua.v3.Lua` is `lua`. */
function shortType(type: string): string {
  return /\.(\w+)\.v\d\w*\.\w+$/.exec(type)?.[1] ?? type;
}
