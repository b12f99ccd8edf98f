import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { KubeClient } from '@wasmcast/testbed';
import type { AdminPage } from './stub-kubelet.ts';

/** A WasmPlugin, as far as a sidecar shows it. */
interface Plugin {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly selector: { readonly matchLabels: { readonly app: string } };
    readonly sha256: string;
    readonly url: string;
    readonly priority: number;
    readonly pluginName?: string;
    readonly pluginConfig?: unknown;
    readonly failStrategy?: string;
  };
}

interface HttpFilter {
  readonly name: string;
}

const recorded = path.resolve(
  import.meta.dirname,
  '../../packages/istio/testdata/recorded/chain-listeners.json',
);
const since = '2026-11-23T01:57:10.283Z';

/**
 * What sidecars answer on their admin port: listeners recorded from a real one, with the filters in them that the WasmPlugins
 * of the cluster say, as an istiod would have sent them. `refresh` reads these anew.
 */
export class Sidecars {
  readonly #listeners = readFileSync(recorded, 'utf8');
  readonly #pages = new Map<string, string>();
  #plugins = new Map<string, readonly Plugin[]>();

  async refresh(client: KubeClient): Promise<void> {
    const { items } = (await client.request('GET', '/apis/extensions.istio.io/v1alpha1/wasmplugins')) as {
      readonly items: readonly Plugin[];
    };
    this.#pages.clear();
    this.#plugins = Map.groupBy(items, (p) => `${p.metadata.namespace} ${p.spec.selector.matchLabels.app}`);
  }

  readonly page: AdminPage = ({ namespace, name }, url) => {
    const workload = `${namespace} ${name.replace(/(-[^-]+){2}$/, '')}`;
    if (url === '/ready') return 'LIVE\n';
    if (url === '/server_info') return serverInfo;
    if (url.startsWith('/stats')) return 'server.uptime: 100\nserver.worker_0.watchdog_mega_miss: 0\n';
    const key = `${workload} ${url}`;
    const page = this.#pages.get(key) ?? this.#dump(this.#plugins.get(workload) ?? [], url);
    if (page !== undefined) this.#pages.set(key, page);
    return page;
  };

  #dump(plugins: readonly Plugin[], url: string): string | undefined {
    const inOrder = plugins.toSorted((a, b) => b.spec.priority - a.spec.priority);
    if (url.endsWith('resource=ecds_filters')) return text({ configs: inOrder.map(ecds) });
    if (!url.endsWith('resource=dynamic_listeners')) return undefined;
    const ours = inOrder.map((plugin) => ({ name: discoveryName(plugin), config_discovery: {} }));
    return text(
      JSON.parse(this.#listeners, (key, value: unknown) =>
        key === 'http_filters' ? withFilters(value as readonly HttpFilter[], ours) : value,
      ),
    );
  }
}

/** Envoy indents its pages by one. */
function text(value: unknown): string {
  return JSON.stringify(value, null, 1);
}

/** The recorded chain with these filters in the place of those that it was recorded with. */
function withFilters(filters: readonly HttpFilter[], ours: readonly HttpFilter[]): readonly HttpFilter[] {
  const first = filters.findIndex(isTheirs);
  if (first === -1) return filters;
  const others = filters.filter((filter) => !isTheirs(filter));
  return [...others.slice(0, first), ...ours, ...others.slice(first)];
}

function isTheirs({ name }: HttpFilter): boolean {
  return name.startsWith('extensions.istio.io/');
}

function discoveryName({ metadata }: Plugin): string {
  return `extensions.istio.io/trafficextension/${metadata.namespace}.${metadata.name}~istio-translated-wasmplugin`;
}

function ecds(plugin: Plugin): object {
  const { spec } = plugin;
  const filename = `/var/lib/istio/data/${'0'.repeat(64)}/${spec.sha256}.wasm`;
  const config = {
    name: discoveryName(plugin),
    root_id: spec.pluginName ?? '',
    vm_config: { runtime: 'envoy.wasm.runtime.v8', code: { local: { filename } } },
    ...(spec.pluginConfig !== undefined && {
      configuration: {
        '@type': 'type.googleapis.com/google.protobuf.StringValue',
        value: JSON.stringify(spec.pluginConfig),
      },
    }),
    failure_policy: spec.failStrategy === 'FAIL_OPEN' ? 'FAIL_OPEN' : 'FAIL_CLOSED',
  };
  const type = 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm';
  return {
    ecds_filter: { name: discoveryName(plugin), typed_config: { '@type': type, config } },
    last_updated: since,
  };
}

/** Envoy's list of its own extensions makes this page its largest in a small mesh: 127 KB. */
const serverInfo = text({
  version: '9e5580933739775e8bce696a57a2e1bc99368f23/1.40.0/Clean/RELEASE/BoringSSL',
  state: 'LIVE',
  uptime_current_epoch: '100s',
  uptime_all_epochs: '100s',
  node: {
    id: 'sidecar~198.18.0.1~service.namespace~cluster.local',
    metadata: { ISTIO_VERSION: '1.31.0' },
    extensions: Array.from({ length: 520 }, (_, i) => ({
      name: `envoy.filters.http.extension_number_${i}`,
      category: 'envoy.filters.http',
      type_urls: [
        `envoy.extensions.filters.http.extension_number_${i}.v3.ExtensionConfiguration`,
        `envoy.extensions.filters.http.extension_number_${i}.v3.PerRoute`,
      ],
    })),
  },
});
