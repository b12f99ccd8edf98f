import type { Scenario } from './scenario.ts';

const request = `
  accept authorization cache-control cookie origin content-encoding accept-encoding via te expect
  x-request-id x-forwarded-for x-forwarded-host x-forwarded-port grpc-timeout x-client-trace-id
  referer x-envoy-original-path x-envoy-internal proxy-status x-envoy-attempt-count if-match
  if-none-match if-modified-since if-unmodified-since if-range access-control-request-headers
  access-control-request-private-network content-length content-type content-language x-b3-sampled
  x-envoy-peer-metadata x-envoy-fault-delay-request x-amz-date sec-websocket-key range etag
  x-b3-traceid traceparent proxy-authenticate grpc-accept-encoding access-control-request-method
  pragma vary upgrade x-envoy-retry-on x-envoy-max-retries keep-alive baggage x-ot-span-context
  x-envoy-external-address x-envoy-force-trace x-envoy-decorator-operation
  x-envoy-hedge-on-per-try-timeout x-envoy-upstream-alt-stat-name
  x-envoy-upstream-rq-timeout-alt-response x-envoy-upstream-rq-per-try-timeout-ms
  x-envoy-retriable-status-codes x-envoy-retriable-header-names x-envoy-is-timeout-retry
  x-envoy-original-dst-host x-envoy-original-host x-envoy-downstream-service-cluster
  x-envoy-downstream-service-node x-envoy-expected-rq-timeout-ms x-envoy-ip-tags
  x-forwarded-client-cert x-forwarded-proto x-envoy-retry-grpc-on x-envoy-upstream-rq-timeout-ms
  x-envoy-upstream-stream-duration-ms date server location
`;

const response = `
  server date location cache-control set-cookie etag vary content-encoding age expires last-modified
  via grpc-status grpc-message x-envoy-degraded x-envoy-ratelimited x-envoy-upstream-canary
  x-envoy-upstream-healthchecked-cluster x-envoy-upstream-service-time
  x-envoy-immediate-health-check-fail proxy-status x-request-id www-authenticate
  access-control-allow-origin access-control-allow-credentials access-control-expose-headers
  access-control-allow-headers access-control-allow-methods access-control-max-age content-length
  keep-alive proxy-connection upgrade accept-ranges access-control-allow-private-network
  content-range content-type content-disposition x-envoy-cluster timing-allow-origin
  strict-transport-security proxy-authenticate proxy-authorization x-envoy-attempt-count
  x-envoy-decorator-operation x-envoy-overloaded x-envoy-local-overloaded
  x-envoy-upstream-healthchecked-cluster alt-svc x-content-type-options grpc-encoding retry-after
`;

function twice(callback: string, map: number, names: string): string {
  const each = names.trim().split(/\s+/);
  return each
    .map(
      (name) =>
        `${callback} rep ${map} ${name} 1; ${callback} add ${map} ${name} 2; ${callback} get ${map} ${name}`,
    )
    .join(';');
}

/** Which headers Envoy joins when a second one is added, and which it repeats. */
export const inlineHeaderScenarios: readonly Scenario[] = [
  {
    name: 'headers that Envoy keeps once are joined',
    chain: [
      // The last ones would say something wrong to the client's HTTP parser.
      `${twice('reqh', 0, request)}; reqh local 200 ~ ~ ~; ${twice('resh', 2, response)};
       resh del 2 keep-alive; resh del 2 proxy-connection; resh del 2 upgrade; resh del 2 content-length`,
    ],
  },
];
