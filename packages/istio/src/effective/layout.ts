import { readConfig, type SeenConfig, type SeenEcds } from '../verify/dump.ts';

/** A filter as a listener has it. */
export interface PlacedFilter {
  readonly name: string;
  readonly layer: 'network' | 'http';
  /** Undefined for one whose configuration has not arrived by ECDS. */
  readonly config: SeenConfig | undefined;
  /** Names of the policies of an RBAC filter, as Istio writes them: `ns[foo]-policy[bar]-rule[0]`. */
  readonly policies: readonly string[];
}

/** One filter chain of an active listener, network filters first. */
export interface PlacedChain {
  readonly direction: 'INBOUND' | 'OUTBOUND' | 'UNSPECIFIED';
  /** `listener / filter chain` */
  readonly place: string;
  readonly filters: readonly PlacedFilter[];
}

interface RawFilter {
  readonly name?: string;
  readonly config_discovery?: unknown;
  readonly typed_config?: {
    readonly '@type'?: string;
    readonly http_filters?: readonly RawFilter[];
    readonly rules?: { readonly policies?: Readonly<Record<string, unknown>> };
  };
}

interface RawChain {
  readonly name?: string;
  readonly filters?: readonly RawFilter[];
}

interface RawListener {
  readonly name?: string;
  readonly traffic_direction?: string;
  readonly filter_chains?: readonly RawChain[];
  readonly default_filter_chain?: RawChain;
}

/** Every filter chain in `/config_dump?resource=dynamic_listeners` that is active. Throws a SyntaxError for no JSON. */
export function readLayout(body: string, ecds: ReadonlyMap<string, SeenEcds>): readonly PlacedChain[] {
  const dump = JSON.parse(body) as {
    readonly configs?: readonly { readonly active_state?: { readonly listener?: RawListener } }[];
  };
  return (dump.configs ?? []).flatMap(({ active_state: active }) => {
    const { listener } = active ?? {};
    if (listener === undefined) return [];
    const chains = [...(listener.filter_chains ?? [])];
    if (listener.default_filter_chain !== undefined) chains.push(listener.default_filter_chain);
    const said = listener.traffic_direction;
    const direction = said === 'INBOUND' || said === 'OUTBOUND' ? said : 'UNSPECIFIED';
    return chains.map((chain): PlacedChain => ({
      direction,
      place: [listener.name ?? '', chain.name ?? ''].filter((part) => part !== '').join(' / '),
      filters: (chain.filters ?? []).flatMap((filter) => [
        placed(filter, 'network', ecds),
        ...(filter.typed_config?.http_filters ?? []).map((http) => placed(http, 'http', ecds)),
      ]),
    }));
  });
}

function placed(
  { name = '', config_discovery: discovery, typed_config: config }: RawFilter,
  layer: PlacedFilter['layer'],
  ecds: ReadonlyMap<string, SeenEcds>,
): PlacedFilter {
  return {
    name,
    layer,
    config: discovery === undefined ? readConfig(config) : ecds.get(name)?.config,
    policies: Object.keys(config?.rules?.policies ?? {}),
  };
}
