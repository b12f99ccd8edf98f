import type { Direction } from '@wasmcast/core';
import type { Histogram } from './histogram.ts';
import { sumOf } from './histogram.ts';

/** Whose requests count: those that reach the workload, or those that leave it. A gateway's listeners are outbound in Istio's terms. */
export type Side = 'inbound' | 'outbound';

/** The sides on which chains of these directions stand. */
export function sidesOf(directions: readonly Direction[]): ReadonlySet<Side> {
  return new Set(directions.map((direction) => (direction === 'inbound' ? 'inbound' : 'outbound')));
}

/** What answered requests are counted by; `denied` is undefined where no single statuses are counted. */
export interface RequestCounts {
  readonly requests: number;
  readonly errors: number;
  readonly denied?: number;
  /** How many carried each response flag; undefined where flags are not counted. */
  readonly responseFlags?: Readonly<Record<string, number>>;
  /** Milliseconds. */
  readonly durations: Histogram;
}

/** What Envoy counts itself. */
export interface EnvoyStats {
  /** Undefined if the proxy does not keep these counters. */
  readonly counts: RequestCounts | undefined;
  readonly memoryBytes: number | undefined;
  /** VMs of filters that Envoy made anew after they died, or tried to. */
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

/** `http.inbound_0.0.0.0_8080;.…`, and `http.InboundPassthroughCluster;.…` for a port that no Service names. */
const prefixes: Readonly<Record<Side, RegExp>> = {
  inbound: /^http\.(inbound_|InboundPassthrough)/,
  outbound: /^http\.outbound_/,
};

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
export function readEnvoyStats(body: string, sides: ReadonlySet<Side>): EnvoyStats {
  const { stats = [] } = JSON.parse(body) as Page;
  const values = stats.flatMap(({ name, value }): [string, number][] =>
    typeof name === 'string' && typeof value === 'number' ? [[name, value]] : [],
  );
  const totalOf = (isMeant: (name: string) => boolean): number | undefined => {
    const found = values.filter(([name]) => isMeant(name));
    return found.length === 0 ? undefined : found.reduce((sum, [, value]) => sum + value, 0);
  };
  const ofRequests = (name: string, what: string): boolean =>
    [...sides].some((side) => prefixes[side].test(name)) && name.endsWith(`.downstream_rq_${what}`);
  const requests = totalOf((name) => ofRequests(name, 'completed'));
  const errors = totalOf((name) => ofRequests(name, '5xx'));
  const histograms = stats
    .flatMap((entry) => entry.histograms ?? [])
    .filter(({ name = '' }) => ofRequests(name, 'time'))
    .map(({ buckets = [] }) => new Map(buckets.map((b) => [Number(b.upper_bound), Number(b.cumulative)])));
  const memoryBytes = totalOf((name) => name === 'server.memory_allocated');
  return {
    counts:
      requests === undefined || errors === undefined
        ? undefined
        : { requests, errors, durations: sumOf(histograms) },
    memoryBytes,
    // Istio keeps `wasm.*` in every proxy: where there is none there never was a VM, or none that could be made anew.
    reloads: totalOf((name) => name.startsWith('wasm.')) ?? (memoryBytes === undefined ? undefined : 0),
  };
}
