import { describe, expect, it } from 'vitest';
import type { Side } from './envoy-stats.ts';
import { readIstioMetrics } from './istio-metrics.ts';

const inbound: ReadonlySet<Side> = new Set(['inbound']);
const outbound: ReadonlySet<Side> = new Set(['outbound']);

const build = 'istio_build{component="proxy",tag="1.31.0"} 1\n';
const requests = (reporter: string, status: string, count: number, flags = '-'): string =>
  `istio_requests_total{reporter="${reporter}",source_app="a \\"b\\",response_code=\\"500",response_code="${status}",response_flags="${flags}"} ${count}\n`;
const bucket = (reporter: string, le: string, count: number): string =>
  `istio_request_duration_milliseconds_bucket{reporter="${reporter}",response_code="200",le="${le}"} ${count}\n`;

describe('Istio’s metrics', () => {
  it('are summed up by status, for the side on which filters stand', () => {
    const page = [
      '# TYPE istio_requests_total counter\n',
      requests('destination', '200', 90),
      requests('destination', '403', 5),
      requests('destination', '503', 3, 'UF,URX'),
      requests('destination', '500', 2, 'NFCF'),
      // A client that left, and somebody else's labels.
      requests('destination', '0', 50),
      'istio_requests_total{reporter="destination",mine="1"} 50\n',
      requests('source', '500', 1000),
      bucket('destination', '0.5', 10),
      bucket('destination', '1', 20),
      bucket('destination', '+Inf', 20),
      bucket('destination', '0.5', 1),
      bucket('source', '0.5', 1000),
      'istio_request_duration_milliseconds_sum{reporter="destination"} 7\n',
      build,
    ].join('');
    expect(readIstioMetrics(page, inbound)).toEqual({
      requests: 100,
      errors: 5,
      denied: 5,
      responseFlags: { NFCF: 2, UF: 3, URX: 3 },
      durations: new Map([
        [0.5, 11],
        [1, 20],
        [Infinity, 20],
      ]),
    });
    expect(readIstioMetrics(page, outbound)).toMatchObject({ requests: 1000, errors: 1000 });
  });

  it('are zero before the first request, and unknown when nobody counts', () => {
    expect(readIstioMetrics(build, inbound)).toMatchObject({ requests: 0, errors: 0, denied: 0 });
    expect(readIstioMetrics('', inbound)).toBeUndefined();
    expect(readIstioMetrics('envoy_server_live{} 1\n', inbound)).toBeUndefined();
  });
});
