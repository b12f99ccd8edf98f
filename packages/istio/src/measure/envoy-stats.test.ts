import { describe, expect, it } from 'vitest';
import { pod } from '../testing/native.ts';
import { proxySide, readEnvoyStats } from './envoy-stats.ts';
import { quantileOf } from './histogram.ts';

const buckets = (low: number, all: number) => [
  { upper_bound: 0.5, interval: 0, cumulative: low },
  { upper_bound: 1, interval: 0, cumulative: all },
  { upper_bound: 3e5, interval: 0, cumulative: all },
];

/** As a sidecar of Istio 1.31 shows it, shortened. */
const page = {
  stats: [
    { name: 'http.inbound_0.0.0.0_8080;.downstream_rq_5xx', value: 2 },
    { name: 'http.inbound_0.0.0.0_8080;.downstream_rq_completed', value: 7 },
    { name: 'http.InboundPassthroughCluster;.downstream_rq_5xx', value: 1 },
    { name: 'http.InboundPassthroughCluster;.downstream_rq_completed', value: 3 },
    { name: 'http.outbound_0.0.0.0_80;.downstream_rq_5xx', value: 20 },
    { name: 'http.outbound_0.0.0.0_80;.downstream_rq_completed', value: 40 },
    { name: 'server.memory_allocated', value: 7_851_592 },
    { name: 'wasm.trail.vm_reload_failure', value: 1 },
    { name: 'wasm.trail.vm_reload_success', value: 2 },
    {
      histograms: [
        { name: 'http.inbound_0.0.0.0_8080;.downstream_rq_time', buckets: buckets(6, 7) },
        { name: 'http.InboundPassthroughCluster;.downstream_rq_time', buckets: buckets(3, 3) },
        { name: 'http.outbound_0.0.0.0_80;.downstream_rq_time', buckets: buckets(0, 40) },
      ],
    },
  ],
};

describe('what Envoy counts', () => {
  it('is read for the side on which filters stand', () => {
    const { counts, ...others } = readEnvoyStats(JSON.stringify(page), 'inbound');
    expect(others).toEqual({ memoryBytes: 7_851_592, reloads: 3 });
    expect(counts).toMatchObject({ requests: 10, errors: 3 });
    expect(counts).not.toHaveProperty('denied');
    expect(counts && quantileOf(counts.durations, 0.95)).toBeCloseTo(0.75);
    expect(readEnvoyStats(JSON.stringify(page), 'gateway').counts).toMatchObject({
      requests: 40,
      errors: 20,
    });
  });

  it('is undefined where nothing is shown', () => {
    const nothing = { counts: undefined, memoryBytes: undefined, reloads: undefined };
    expect(readEnvoyStats('{"stats":[]}', 'inbound')).toEqual(nothing);
    expect(readEnvoyStats('{}', 'inbound')).toEqual(nothing);
    expect(() => readEnvoyStats('no such page', 'inbound')).toThrow(SyntaxError);
  });
});

it('a gateway is told by the words of its agent', () => {
  const withArgs = (...args: readonly string[]) => ({
    ...pod('x'),
    spec: {
      containers: [{ name: 'app', args: ['router'] }],
      initContainers: [{ name: 'istio-proxy', args }],
    },
  });
  expect(proxySide(withArgs('proxy', 'router', '--domain', 'x'))).toBe('gateway');
  expect(proxySide(withArgs('proxy', 'sidecar', '--domain', 'x'))).toBe('inbound');
  expect(proxySide(pod('x'))).toBe('inbound');
});
