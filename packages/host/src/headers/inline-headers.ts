import type { HeaderMapKind } from './header-map.ts';

/**
 * Headers that Envoy keeps in a fixed slot, so that there is never more than one of them
 * (envoy envoy/http/header_map.h INLINE_*_HEADERS, and the custom inline headers that extensions register).
 */
const both = [
  'connection',
  'content-length',
  'content-type',
  'x-envoy-attempt-count',
  'x-envoy-decorator-operation',
  'keep-alive',
  'proxy-connection',
  'proxy-status',
  'x-request-id',
  'transfer-encoding',
  'upgrade',
  'via',
];

const request = [
  ...both,
  ':authority',
  ':method',
  ':path',
  ':protocol',
  ':scheme',
  'expect',
  'grpc-timeout',
  'te',
  'user-agent',
  'x-client-trace-id',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-external-address',
  'x-envoy-force-trace',
  'x-envoy-internal',
  'x-envoy-max-retries',
  'x-envoy-original-host',
  'x-envoy-original-path',
  'x-envoy-retry-grpc-on',
  'x-envoy-retry-on',
  'x-envoy-upstream-rq-timeout-ms',
  'x-forwarded-client-cert',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
];

const response = [
  ...both,
  ':status',
  'date',
  'grpc-message',
  'grpc-status',
  'location',
  'server',
  'x-envoy-degraded',
  'x-envoy-immediate-health-check-fail',
  'x-envoy-ratelimited',
  'x-envoy-upstream-canary',
  'x-envoy-upstream-healthchecked-cluster',
  'x-envoy-upstream-service-time',
];

const sets: Readonly<Record<HeaderMapKind, ReadonlySet<string>>> = {
  request: new Set(request),
  response: new Set(response),
  trailers: new Set(['grpc-message', 'grpc-status']),
};

/** True if Envoy merges a second value of this (lower-case) header into the first. */
export function isInlineHeader(kind: HeaderMapKind, name: string): boolean {
  return sets[kind].has(name);
}
