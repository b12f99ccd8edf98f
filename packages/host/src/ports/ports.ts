import type { LogLevel } from '../abi/types.ts';
import type { GrpcCaller } from './grpc.ts';
import type { Metrics } from './metrics.ts';
import type { Finding } from '../profile/findings.ts';
import type { PropertyValue } from '../properties/property-value.ts';
import type { SharedState } from './shared-state.ts';

/** A line that a filter wrote, or that the host wrote about it. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  /** `filter`: by `proxy_log` or WASI's standard output; `host`: what the host noticed, e.g. a trap. */
  readonly source: 'filter' | 'host';
  /** The plugin's name (or its root id when it has none). */
  readonly plugin: string;
  /** Where in a proxy (`ProxyWorkers`), which starts a filter several times. */
  readonly thread?: ProxyThread;
}

/** The VMs of a filter in a proxy: one without plugins, the trial of a configuration, that of the main thread, those of workers. */
export type ProxyThread = 'base' | 'trial' | 'main' | 'worker';

/** Time for filters. */
export interface HostClock {
  /** Nanoseconds since the epoch. */
  realtime(): bigint;
  /** Nanoseconds of a clock that never goes back. */
  monotonic(): bigint;
  /** Calls `run` once after `ms` milliseconds; the returned function cancels. Must not keep the process alive. */
  after(ms: number, run: () => void): () => void;
}

/** One HTTP callout of a filter. Header names are lower-case; all strings are byte strings. */
export interface HttpCallRequest {
  /** The name of the upstream cluster. */
  readonly cluster: string;
  /** `[name, value, …]`, with `:method`, `:path` and `:authority`. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  readonly trailers: readonly string[];
  /** 0: no limit. */
  readonly timeoutMs: number;
}

/** The answer to a callout. Envoy turns a timeout into a 504 and a refused connection into a 503 with a body. */
export interface HttpCallResponse {
  /** `[name, value, …]`, with `:status`. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  readonly trailers: readonly string[];
}

/** Sends callouts. */
export interface HttpCaller {
  /**
   * Starts a callout; `undefined` when there is no such cluster. `done` is called exactly once, never before `send` has
   * returned, with the response, or with `'reset'` when the stream broke. The returned function cancels.
   */
  send(
    request: HttpCallRequest,
    done: (response: HttpCallResponse | 'reset') => void,
  ): (() => void) | undefined;
}

/** What a plugin needs from outside. Everything has a default that touches nothing but this process. */
export interface HostPorts {
  /** Receives every line at or above `logLevel`. Default: nobody. */
  readonly log?: (entry: LogEntry) => void;
  /** What `proxy_get_log_level` answers and below which lines are dropped. Default: `trace`. */
  readonly logLevel?: LogLevel;
  /** Default: the process's clocks and timers. */
  readonly clock?: HostClock;
  /** Fills the array with random bytes. Default: the system's. */
  readonly random?: (target: Uint8Array) => void;
  /** Default: no cluster exists, so every callout is answered with BAD_ARGUMENT, as Envoy answers for an unknown cluster. */
  readonly httpCall?: HttpCaller;
  /** Default: no cluster exists, so every gRPC callout is answered with PARSE_FAILURE, as in Envoy. */
  readonly grpc?: GrpcCaller;
  /** Shared data and queues. Default: one per plugin; give the same to several plugins to join them by vm_id. */
  readonly shared?: SharedState;
  /** Default: one per plugin. */
  readonly metrics?: Metrics;
  /** Properties (attributes) beyond those that the host knows itself. `undefined`: not found. */
  readonly properties?: (path: readonly string[]) => PropertyValue | undefined;
  /** Told, once for each place, where a filter comes upon a rule of Envoy's that nobody would tell it of. Default: nobody. */
  readonly onFinding?: (finding: Finding) => void;
  /**
   * How long a callback may take, in milliseconds: one that takes longer is a trap. Some ten microseconds are added to each
   * call. Default: 0, no limit.
   */
  readonly deadlineMs?: number;
  /**
   * Told the name of each callback (`on_configure`, `malloc` …) before it runs, and of the plugin for which it does. Plugins that share
   * a VM are told of by that which it was made for. Default: nobody.
   */
  readonly onCallback?: (name: string, plugin: string) => void;
  /** Told that the callback that began last is over; one may begin within another. Default: nobody. */
  readonly onReturn?: () => void;
}
