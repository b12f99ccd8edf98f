import type { PodObject } from '../api/objects.ts';
import { proxyContainer } from '../verify/admin.ts';
import type { Histogram } from './histogram.ts';
import { sumOf } from './histogram.ts';

/** Whose requests count: those that reach a sidecar's workload, and those that a gateway takes. */
export type ProxySide = 'inbound' | 'gateway';

/** Told by the agent's own words, `proxy sidecar` or `proxy router`. */
export function proxySide(pod: PodObject): ProxySide {
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  const proxy = [...containers, ...initContainers].find(({ name }) => name === proxyContainer);
  return proxy?.args?.includes('router') === true ? 'gateway' : 'inbound';
}

/** What answered requests are counted by; `denied` is undefined where no single statuses are counted. */
export interface RequestCounts {
  readonly requests: number;
  readonly errors: number;
  readonly denied?: number;
  /** Milliseconds. */
  readonly durations: Histogram;
}

/** What Envoy counts itself. */
export interface EnvoyStats {
  /** Undefined if the proxy does not keep these counters. */
  readonly counts: RequestCounts | undefined;
  readonly memoryBytes: number | undefined;
  /** VMs of filters that Envoy made again after they died, or tried to. */
  readonly reloads: number | undefined;
}

/**
 * The admin page with these counters alone. What Istio 1.31 keeps by default (`stats_matcher` of its bootstrap): the
 * prefixes `cluster_manager`, `listener_manager`, `server`, `cluster.xds-grpc`, `wasm`, `istio`, `component`, and a few of
 * RBAC; `http.*` only with the annotation `sidecar.istio.io/statsInclusionRegexps` or `proxyStatsMatcher`.
 * No counter tells that a VM died, except one that is reloaded, and then with the request after.
 */
export const envoyStatsPath = `/stats?format=json&histogram_buckets=cumulative&filter=${encodeURIComponent(
  String.raw`^(http\.(inbound_|outbound_|InboundPassthrough).*downstream_rq_(completed|5xx|time)$|wasm\..*\.vm_reload_(success|failure)$|server\.memory_allocated$)`,
)}`;

interface Page {
  readonly stats?: readonly {
    readonly name?: string;
    readonly value?: number;
    readonly histograms?: readonly {
      readonly name?: string;
      readonly buckets?: readonly { readonly upper_bound?: number; readonly cumulative?: number }[];
    }[];
  }[];
}

/** Reads that page. Throws a SyntaxError for one that is no JSON. */
export function readEnvoyStats(body: string, side: ProxySide): EnvoyStats {
  const { stats = [] } = JSON.parse(body) as Page;
  const values = stats.flatMap(({ name, value }): [string, number][] =>
    typeof name === 'string' && typeof value === 'number' ? [[name, value]] : [],
  );
  const totalOf = (isMeant: (name: string) => boolean): number | undefined => {
    const found = values.filter(([name]) => isMeant(name));
    return found.length === 0 ? undefined : found.reduce((sum, [, value]) => sum + value, 0);
  };
  // `http.inbound_0.0.0.0_8080;.…`, and `http.InboundPassthroughCluster;.…` for a port that no Service names.
  const prefix = side === 'gateway' ? /^http\.outbound_/ : /^http\.(inbound_|InboundPassthrough)/;
  const ofRequests = (name: string, what: string): boolean =>
    prefix.test(name) && name.endsWith(`.downstream_rq_${what}`);
  const requests = totalOf((name) => ofRequests(name, 'completed'));
  const errors = totalOf((name) => ofRequests(name, '5xx'));
  const histograms = stats
    .flatMap((entry) => entry.histograms ?? [])
    .filter(({ name = '' }) => ofRequests(name, 'time'))
    .map(({ buckets = [] }) => new Map(buckets.map((b) => [Number(b.upper_bound), Number(b.cumulative)])));
  return {
    counts:
      requests === undefined || errors === undefined
        ? undefined
        : { requests, errors, durations: sumOf(histograms) },
    memoryBytes: totalOf((name) => name === 'server.memory_allocated'),
    reloads: totalOf((name) => name.startsWith('wasm.')),
  };
}
