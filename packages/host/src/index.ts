export * from './abi/pairs.ts';
export * from './abi/status.ts';
export { abiVersions, logLevels, type AbiVersion, type LogLevel } from './abi/types.ts';
export { HeaderMap, type HeaderMapKind } from './headers/header-map.ts';
export { compileModule, defaultMaxPages, type CompileResult, type FilterModule } from './module/compile.ts';
export {
  createPlugin,
  type Plugin,
  type PluginResult,
  type ReloadCounts,
  type StartFailure,
} from './plugin/plugin.ts';
export { ProxyWorkers, type WorkersFailure, type WorkersResult } from './plugin/proxy-workers.ts';
export { VmThread } from './plugin/vm-thread.ts';
export type { PluginOptions, PluginSettings } from './plugin/settings.ts';
export {
  GrpcStatus,
  type GrpcCall,
  type GrpcCaller,
  type GrpcEvents,
  type GrpcRequest,
} from './ports/grpc.ts';
export { Metrics, type Metric } from './ports/metrics.ts';
export type {
  HostClock,
  HostPorts,
  HttpCaller,
  HttpCallRequest,
  HttpCallResponse,
  LogEntry,
} from './ports/ports.ts';
export { SharedState } from './ports/shared-state.ts';
export { systemClock } from './ports/system-clock.ts';
export type { Finding } from './profile/findings.ts';
export { quirks, type Profile, type Quirk } from './profile/quirks.ts';
export { serializeProperty, type PropertyValue } from './properties/property-value.ts';
export { FilterChain } from './stream/filter-chain.ts';
export { finishResponse, type ServerFacts } from './stream/finish-response.ts';
export { HttpStream } from './stream/http-stream.ts';
export type { StreamOptions, StreamSink } from './stream/stream-sink.ts';
export type { ConnectionOptions, ConnectionSink } from './tcp/connection-sink.ts';
export { TcpConnection } from './tcp/tcp-connection.ts';
export type { LocalReply } from './stream/local-reply.ts';
export type { Trap } from './vm/trap.ts';
export { Preflight, preflight, type PreflightOptions, type PreflightResult } from './preflight/preflight.ts';
export type { PreflightFilter, ProbeOutcome } from './preflight/protocol.ts';
