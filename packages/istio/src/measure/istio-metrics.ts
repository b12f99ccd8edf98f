import type { RequestCounts, Side } from './envoy-stats.ts';
import { sumOf } from './histogram.ts';

/**
 * Istio's standard metrics, which its own Envoy keeps by default (`istio_` is among the prefixes that it keeps) unless
 * telemetry is off; an Envoy that is not Istio's has no filter that counts them. In the text format, because it is the
 * only one that names labels in the same way in all versions.
 */
export const istioMetricsPath = `/stats/prometheus?filter=${encodeURIComponent(
  'istio_(build|requests_total|request_duration_milliseconds)',
)}`;

/** Who reports: the proxy that a request reaches, or the one that it leaves. */
const reporterOf: Readonly<Record<Side, string>> = { inbound: 'destination', outbound: 'source' };

const sample = /^(\w+)\{(.*)\} (\S+)$/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Reads that page; undefined if the proxy does not keep Istio's metrics. */
export function readIstioMetrics(body: string, sides: ReadonlySet<Side>): RequestCounts | undefined {
  const reporters = new Set<string | undefined>([...sides].map((side) => reporterOf[side]));
  let keepsMetrics = false;
  let requests = 0;
  let errors = 0;
  let denied = 0;
  const flags = new Map<string, number>();
  const buckets: Map<number, number>[] = [];
  for (const line of body.split('\n')) {
    const [, name, list = '', text] = sample.exec(line) ?? [];
    // The filter that counts says its version, also before the first request.
    if (name?.startsWith('istio_') !== true) continue;
    keepsMetrics = true;
    const labels = new Map([...list.matchAll(label)].map(([, key, value]) => [key, value]));
    const value = Number(text);
    if (!reporters.has(labels.get('reporter')) || !Number.isFinite(value)) continue;
    if (name === 'istio_requests_total') {
      const status = Number(labels.get('response_code'));
      // 0: the client left before there was an answer.
      if (!(status > 0)) continue;
      requests += value;
      if (status >= 500) errors += value;
      if (status === 403) denied += value;
      for (const flag of (labels.get('response_flags') ?? '-').split(','))
        if (flag !== '-') flags.set(flag, (flags.get(flag) ?? 0) + value);
    } else if (name === 'istio_request_duration_milliseconds_bucket') {
      const bound = labels.get('le') === '+Inf' ? Infinity : Number(labels.get('le'));
      buckets.push(new Map([[bound, value]]));
    }
  }
  if (!keepsMetrics) return undefined;
  return { requests, errors, denied, responseFlags: Object.fromEntries(flags), durations: sumOf(buckets) };
}
