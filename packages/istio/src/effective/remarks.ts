import type { ChainRemark, EffectiveChain } from '@wasmcast/core';
import { imageObjectName } from '../versions/discovery-name.ts';
import { type FilterPatch, patchesOf, reaches } from './patches.ts';
import { type Plugin, pluginOf } from './plugins.ts';
import { sourceName } from './source-of.ts';
import type { Source } from './sources.ts';

type Shown = Pick<EffectiveChain, 'direction' | 'filters' | 'places'>;

/** Names that Envoy's filters had until Istio 1.18, which match nothing since. */
const formerNames = new Set(['envoy.http_connection_manager', 'envoy.router', 'envoy.tcp_proxy']);

/** What is odd about the chains of one proxy, and about the objects that select it. Pure. */
export function remarksOn(chains: readonly Shown[], sources: readonly Source[]): readonly ChainRemark[] {
  const plugins = sources.flatMap((source) => pluginOf(source) ?? []);
  const patches = sources.filter(({ kind }) => kind.kind === 'EnvoyFilter').flatMap(patchesOf);
  return [
    ...pluginTies(plugins),
    ...patchTies(patches),
    ...patches.flatMap((patch) => patchRemarks(patch, chains)),
    ...plugins.flatMap((plugin) => pluginRemarks(plugin, chains)),
    ...chains.flatMap(doubles),
  ];
}

/** Istio breaks a tie of plugins by name and namespace, or by age: nobody meant that. */
function pluginTies(plugins: readonly Plugin[]): readonly ChainRemark[] {
  const places = plugins.flatMap((plugin) => [
    ...(plugin.inbound ? [{ direction: 'inbound', plugin }] : []),
    ...(plugin.outbound ? [{ direction: 'outbound', plugin }] : []),
  ]);
  const tied = [
    ...Map.groupBy(places, ({ direction, plugin: p }) => `${direction} ${p.phase} ${p.priority}`).values(),
  ].filter((group) => group.length > 1);
  return tied.map((group) => {
    const { phase, priority } = group[0]?.plugin ?? { phase: '', priority: 0 };
    const names = group.map(({ plugin }) => sourceName(plugin.by)).join(', ');
    return {
      kind: 'tie',
      text: `${names} have the same priority ${priority}${phase === '' ? '' : ` in phase ${phase}`} (${group[0]?.direction}): Istio orders them by age or name`,
    };
  });
}

/** Two EnvoyFilters of one priority that have their places by the same filter: the older one goes first. */
function patchTies(patches: readonly FilterPatch[]): readonly ChainRemark[] {
  const inserts = patches.filter(
    (patch) => patch.operation.startsWith('INSERT') || patch.operation === 'ADD',
  );
  const places = Map.groupBy(inserts, (p) =>
    // Objects of the root namespace always come before those of the proxy's own.
    [p.by.namespace, p.priority, p.layer, p.context, p.operation, p.anchor].join(' '),
  );
  return [...places.values()].flatMap((group): readonly ChainRemark[] => {
    const names = [...new Set(group.map(({ by }) => sourceName(by)))];
    const [first] = group;
    if (names.length < 2 || first === undefined) return [];
    const place = first.anchor === '' ? first.operation : `${first.operation} ${first.anchor}`;
    return [
      {
        kind: 'tie',
        text: `${names.join(', ')} have the same priority ${first.priority} and the same place (${place}): Istio orders them by age`,
      },
    ];
  });
}

function patchRemarks(patch: FilterPatch, chains: readonly Shown[]): readonly ChainRemark[] {
  const own = chains.filter(({ direction }) => direction === 'other' || reaches(patch.context, direction));
  if (own.every(({ filters }) => filters.length === 0)) return [];
  const has = (name: string): boolean => own.some(({ filters }) => filters.some((f) => f.name === name));
  const missing = [patch.within, patch.anchor].find((name) => name !== '' && !has(name));
  if (missing !== undefined) {
    const why = formerNames.has(missing) ? ', a name that means nothing since Istio 1.19' : '';
    const what = patch.brings === '' ? patch.operation : `${patch.operation} of ${patch.brings}`;
    return [
      {
        kind: 'anchor-missing',
        text: `${sourceName(patch.by)}: ${what} is silently ignored, because no chain has ${missing}${why}`,
      },
    ];
  }
  if (patch.brings === '' || has(patch.brings) || !patch.operation.startsWith('INSERT')) return [];
  return [{ kind: 'not-shown', text: `${sourceName(patch.by)}: no chain has its filter ${patch.brings}` }];
}

function pluginRemarks(plugin: Plugin, chains: readonly Shown[]): readonly ChainRemark[] {
  const isShown = chains.some(({ filters }) => filters.some((f) => imageObjectName(f.name) === plugin.key));
  const hasHttp = chains.some(
    ({ direction, filters }) =>
      (direction === 'inbound' ? plugin.inbound : plugin.outbound) && filters.some((f) => f.layer === 'http'),
  );
  if (isShown || !hasHttp) return [];
  return [
    {
      kind: 'not-shown',
      text: `${sourceName(plugin.by)}: it selects the proxy, but no chain has its filter`,
    },
  ];
}

function doubles({ filters, places }: Shown): readonly ChainRemark[] {
  const names = filters.filter(({ layer }) => layer === 'http').map(({ name }) => name);
  const twice = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  return twice.map((name) => ({
    kind: 'twice',
    text: `${name} stands more than once in ${places[0] ?? ''}`,
  }));
}
