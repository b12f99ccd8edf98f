/** Envoy's dumps, as far as they are read here. Field names are those of its admin protos in JSON. */

/** An HTTP filter where it stands: with its configuration, or by the name under which that is discovered. */
export interface SeenFilter {
  readonly name: string;
  /** Undefined for a filter whose configuration comes by ECDS. */
  readonly config: SeenConfig | undefined;
}

/** What a filter is configured as. */
export type SeenConfig =
  | { readonly kind: 'wasm'; readonly plugin: PluginConfig }
  /** The agent's stand-in for an image that it could not fetch: RBAC without rules lets all through. */
  | { readonly kind: 'rbac'; readonly denies: boolean }
  | { readonly kind: 'other'; readonly type: string };

export interface PluginConfig {
  readonly name?: string;
  readonly root_id?: string;
  readonly fail_open?: boolean;
  readonly failure_policy?: string;
  readonly configuration?: { readonly '@type'?: string; readonly value?: string };
  readonly vm_config?: {
    readonly vm_id?: string;
    readonly allow_precompiled?: boolean;
    readonly code?: { readonly local?: { readonly filename?: string } };
    readonly environment_variables?: { readonly key_values?: Readonly<Record<string, string>> };
  };
}

/** One HTTP filter chain of an active listener. */
export interface SeenChain {
  readonly listener: string;
  readonly direction: 'INBOUND' | 'OUTBOUND' | 'UNSPECIFIED';
  readonly name: string;
  readonly filters: readonly SeenFilter[];
  /** When it became active, in milliseconds since the epoch. */
  readonly since: number;
}

/** Everything of a `dynamic_listeners` dump that matters. */
export interface SeenListeners {
  readonly chains: readonly SeenChain[];
  /** Names of listeners with a newer version that is not active yet. */
  readonly warming: readonly string[];
  /** Envoy's words about versions that it refused. */
  readonly errors: readonly string[];
}

interface RawFilter {
  readonly name?: string;
  readonly typed_config?: { readonly '@type'?: string };
  readonly config_discovery?: unknown;
}

interface RawChain {
  readonly name?: string;
  readonly filters?: readonly {
    readonly typed_config?: { readonly '@type'?: string; readonly http_filters?: readonly RawFilter[] };
  }[];
}

interface RawListener {
  readonly name?: string;
  readonly traffic_direction?: string;
  readonly filter_chains?: readonly RawChain[];
  readonly default_filter_chain?: RawChain;
}

interface RawDump {
  readonly configs?: readonly {
    readonly name?: string;
    readonly active_state?: { readonly listener?: RawListener; readonly last_updated?: string };
    readonly last_updated?: string;
    readonly warming_state?: unknown;
    readonly error_state?: { readonly details?: string };
    readonly ecds_filter?: { readonly name?: string; readonly typed_config?: unknown };
  }[];
}

const managerType =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const wasmType = 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm';
const rbacType = 'type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC';

/** Reads `/config_dump?resource=dynamic_listeners`. Only what is active counts. Throws a SyntaxError for no JSON. */
export function readListeners(body: string): SeenListeners {
  const dump = JSON.parse(body) as RawDump;
  const chains: SeenChain[] = [];
  const warming: string[] = [];
  const errors: string[] = [];
  for (const entry of dump.configs ?? []) {
    if (entry.warming_state !== undefined) warming.push(entry.name ?? '');
    if (entry.error_state?.details !== undefined) errors.push(entry.error_state.details.slice(0, 500));
    const { listener, last_updated: updated } = entry.active_state ?? {};
    if (listener !== undefined) chains.push(...chainsOf(listener, timeOf(updated)));
  }
  return { chains, warming, errors };
}

function chainsOf(listener: RawListener, since: number): readonly SeenChain[] {
  const raw = [...(listener.filter_chains ?? [])];
  if (listener.default_filter_chain !== undefined) raw.push(listener.default_filter_chain);
  const direction = listener.traffic_direction;
  return raw.flatMap((chain) =>
    (chain.filters ?? [])
      .filter((filter) => filter.typed_config?.['@type'] === managerType)
      .map((filter) => ({
        listener: listener.name ?? '',
        direction: direction === 'INBOUND' || direction === 'OUTBOUND' ? direction : 'UNSPECIFIED',
        name: chain.name ?? '',
        since,
        filters: (filter.typed_config?.http_filters ?? []).map((http) => ({
          name: http.name ?? '',
          config: http.config_discovery === undefined ? readConfig(http.typed_config) : undefined,
        })),
      })),
  );
}

/** A discovered filter configuration. */
export interface SeenEcds {
  readonly config: SeenConfig;
  /** When it arrived, in milliseconds since the epoch. */
  readonly since: number;
}

/** Reads `/config_dump?resource=ecds_filters`: what each discovered filter is configured as, by name. */
export function readEcds(body: string): ReadonlyMap<string, SeenEcds> {
  const dump = JSON.parse(body) as RawDump;
  const seen = new Map<string, SeenEcds>();
  for (const { ecds_filter, last_updated } of dump.configs ?? []) {
    // An entry with only a name is not warmed yet.
    if (ecds_filter?.name === undefined || ecds_filter.typed_config === undefined) continue;
    seen.set(ecds_filter.name, { config: readConfig(ecds_filter.typed_config), since: timeOf(last_updated) });
  }
  return seen;
}

function timeOf(text: string | undefined): number {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? 0 : time;
}

/** What a filter is configured as, out of its `typed_config`. */
export function readConfig(value: unknown): SeenConfig {
  const config = (value ?? {}) as {
    readonly '@type'?: string;
    readonly type_url?: string;
    readonly value?: unknown;
    readonly config?: PluginConfig;
    readonly rules?: unknown;
  };
  const type = config['@type'] ?? '';
  if (type.endsWith('.TypedStruct')) {
    return readConfig({ '@type': config.type_url, ...(config.value as object) });
  }
  if (type === wasmType) return { kind: 'wasm', plugin: config.config ?? {} };
  if (type === rbacType) return { kind: 'rbac', denies: config.rules !== undefined };
  return { kind: 'other', type };
}
