/** The ABI versions that Envoy accepts, newest last. */
export const abiVersions = ['0.1.0', '0.2.0', '0.2.1'] as const;

/** A member of {@link abiVersions}. */
export type AbiVersion = (typeof abiVersions)[number];

/** `proxy_log_level_t`: https://github.com/proxy-wasm/spec/blob/main/abi-versions/v0.2.1/README.md#proxy_log_level_t */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'critical'] as const;

/** A member of {@link logLevels}; its number in the ABI is its index. */
export type LogLevel = (typeof logLevels)[number];

/** `proxy_stream_type_t` */
export const StreamType = { Request: 0, Response: 1, Downstream: 2, Upstream: 3 } as const;

/** `proxy_header_map_type_t` */
export const MapType = {
  RequestHeaders: 0,
  RequestTrailers: 1,
  ResponseHeaders: 2,
  ResponseTrailers: 3,
  GrpcReceiveInitialMetadata: 4,
  GrpcReceiveTrailingMetadata: 5,
  HttpCallResponseHeaders: 6,
  HttpCallResponseTrailers: 7,
} as const;

/** The highest map type; above it a host call returns BAD_ARGUMENT. */
export const maxMapType = 7;

/** `proxy_buffer_type_t` */
export const BufferType = {
  HttpRequestBody: 0,
  HttpResponseBody: 1,
  DownstreamData: 2,
  UpstreamData: 3,
  HttpCallResponseBody: 4,
  GrpcReceiveBuffer: 5,
  VmConfiguration: 6,
  PluginConfiguration: 7,
  CallData: 8,
} as const;

/** The highest buffer type; above it a host call returns BAD_ARGUMENT. */
export const maxBufferType = 8;

/** `proxy_metric_type_t`; also the low two bits of a metric id (cpp-host include/proxy-wasm/wasm.h kMetricTypeMask). */
export const MetricType = { Counter: 0, Gauge: 1, Histogram: 2 } as const;

/** What a header callback wants: FilterHeadersStatus of Envoy, which is what the returned number means. */
export const HeadersAction = {
  Continue: 0,
  StopIteration: 1,
  StopAllBuffer: 3,
  StopAllWatermark: 4,
} as const;

/** A value of {@link HeadersAction}. */
export type HeadersAction = (typeof HeadersAction)[keyof typeof HeadersAction];

/** What a body callback wants: FilterDataStatus of Envoy. */
export const DataAction = { Continue: 0, Buffer: 1, Watermark: 2, NoBuffer: 3 } as const;

/** A value of {@link DataAction}. */
export type DataAction = (typeof DataAction)[keyof typeof DataAction];

/** What a trailers callback wants: FilterTrailersStatus of Envoy. */
export const TrailersAction = { Continue: 0, StopIteration: 1 } as const;

/** A value of {@link TrailersAction}. */
export type TrailersAction = (typeof TrailersAction)[keyof typeof TrailersAction];
