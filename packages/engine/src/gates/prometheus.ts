import type { GateCheck } from '@wasmcast/core';
import type { Reply } from './ask.ts';
import type { Measurement } from './measurement.ts';

type PrometheusCheck = Extract<GateCheck, { kind: 'prometheus' }>;

/** Where the query is asked: the instant query of Prometheus' HTTP API. */
export function queryUrl({ url, query }: PrometheusCheck): string {
  const base = url.endsWith('/') ? url : `${url}/`;
  return `${new URL('api/v1/query', base).href}?${new URLSearchParams({ query }).toString()}`;
}

/** Holds the answer to an instant query against the bounds. Throws for an answer that is none. */
export function judgeQuery({ min, max }: PrometheusCheck, { status, body }: Reply): Measurement {
  if (status !== 200) throw new Error(`Prometheus answered ${status}`);
  const values = valuesOf(JSON.parse(body) as Answer);
  const [value] = values;
  if (value === undefined) return { outcome: 'inconclusive', says: 'the query gave no data' };
  if (values.length > 1)
    return { outcome: 'inconclusive', says: `the query gave ${values.length} numbers instead of one` };
  if (!Number.isFinite(value)) return { outcome: 'inconclusive', says: `the query gave ${value}` };
  if (min !== undefined && value < min) return { outcome: 'fail', says: `${value} is less than ${min}` };
  if (max !== undefined && value > max) return { outcome: 'fail', says: `${value} is more than ${max}` };
  return { outcome: 'pass', says: String(value) };
}

/** https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats */
interface Answer {
  readonly status?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
}

function valuesOf({ status, data }: Answer): readonly number[] {
  if (status !== 'success' || !Array.isArray(data?.result))
    throw new Error('this is no answer of a Prometheus');
  const result = data.result as readonly unknown[];
  if (data.resultType === 'scalar') return [numberOf(result)];
  if (data.resultType !== 'vector')
    throw new Error(`the query gives a ${String(data.resultType)}, not a number`);
  return result.map((sample) => numberOf((sample as { readonly value?: unknown }).value));
}

/** A sample is `[time, "value"]`. */
function numberOf(sample: unknown): number {
  const value: unknown = Array.isArray(sample) ? sample[1] : undefined;
  if (typeof value !== 'string') throw new Error('this is no answer of a Prometheus');
  if (/^[+-]?Inf$/.test(value)) return value.startsWith('-') ? -Infinity : Infinity;
  return value === '' ? Number.NaN : Number(value);
}
