import { describe, expect, it } from 'vitest';
import { readEnvoyStats, type Side, sidesOf } from './envoy-stats.ts';
import { quantileOf } from './histogram.ts';

const inbound: ReadonlySet<Side> = new Set(['inbound']);
const outbound: ReadonlySet<Side> = new Set(['outbound']);

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
  it('is read for the sides on which filters stand', () => {
    const { counts, ...others } = readEnvoyStats(JSON.stringify(page), inbound);
    expect(others).toEqual({ memoryBytes: 7_851_592, reloads: 3 });
    expect(counts).toMatchObject({ requests: 10, errors: 3 });
    expect(counts).not.toHaveProperty('denied');
    expect(counts && quantileOf(counts.durations, 0.95)).toBeCloseTo(0.75);
    const countsOn = (...sides: readonly Side[]) =>
      readEnvoyStats(JSON.stringify(page), new Set(sides)).counts;
    expect(countsOn('outbound')).toMatchObject({ requests: 40, errors: 20 });
    expect(countsOn('inbound', 'outbound')).toMatchObject({ requests: 50, errors: 23 });
  });

  it('is undefined where nothing is shown', () => {
    const nothing = { counts: undefined, memoryBytes: undefined, reloads: undefined };
    expect(readEnvoyStats('{"stats":[]}', inbound)).toEqual(nothing);
    expect(readEnvoyStats('{}', inbound)).toEqual(nothing);
    const noVm = JSON.stringify({ stats: [{ name: 'server.memory_allocated', value: 1 }] });
    expect(readEnvoyStats(noVm, inbound)).toMatchObject({ reloads: 0 });
    expect(() => readEnvoyStats('no such page', inbound)).toThrow(SyntaxError);
  });
});

it('a gateway’s listeners are outbound, as those of a sidecar for what leaves it', () => {
  expect(sidesOf(['gateway'])).toEqual(outbound);
  expect(sidesOf(['outbound', 'inbound'])).toEqual(new Set(['outbound', 'inbound']));
});
