import { readFile } from 'node:fs/promises';
import { canonicalJson, WasmcastError, type JsonObject } from '@wasmcast/core';
import { compileModule } from '../module/compile.ts';
import { createPlugin, type Plugin } from '../plugin/plugin.ts';
import { Metrics } from '../ports/metrics.ts';
import type { LogEntry } from '../ports/ports.ts';
import type { Finding } from '../profile/quirks.ts';
import type { PluginOptions } from '../plugin/settings.ts';
import { FilterChain } from '../stream/filter-chain.ts';
import type { StreamOptions } from '../stream/stream-sink.ts';
import { exchange, type ExchangeResult, type TestUpstream } from './exchange.ts';
import { Callouts, type TestCalls } from './callouts.ts';
import { GrpcCallouts, type TestGrpcCall, type TestGrpcClusters } from './grpc-callouts.ts';
import type { TestRequest } from './messages.ts';
import { Pending } from './pending.ts';
import type { ConnectionOptions } from '../tcp/connection-sink.ts';
import { TestConnection } from './test-connection.ts';
import { TestClock } from './test-clock.ts';

export { Callouts } from './callouts.ts';

/** Options of {@link loadFilter}. */
export interface TestFilterOptions extends Omit<
  PluginOptions,
  | 'module'
  | 'configuration'
  | 'vmConfiguration'
  | 'clock'
  | 'metrics'
  | 'httpCall'
  | 'grpc'
  | 'log'
  | 'onFinding'
> {
  /** What on_configure reads: text, bytes, or an object that is written as JSON. */
  readonly config?: string | Uint8Array | JsonObject;
  /** What on_vm_start reads. */
  readonly vmConfig?: string | Uint8Array | JsonObject;
  /** The clusters that exist, by name, and what they answer. */
  readonly clusters?: TestCalls;
  /** The clusters that exist for gRPC, by name, and what serves their calls. */
  readonly grpc?: TestGrpcClusters;
  /** The source map of the module, for traps. Default: the file beside it, `filter.wasm.map`. */
  readonly sourceMap?: string;
  /** Throw when the filter traps while it handles a request. Default: true. */
  readonly strict?: boolean;
}

/** Options of {@link TestFilter.request}. */
export interface TestRequestOptions extends StreamOptions {
  /** Default: status 200 without a body. */
  readonly upstream?: TestUpstream;
  /**
   * Called when the stream is paused and no callout is under way: to let time pass, or to answer what was started earlier.
   * It is called again while the stream stays paused, at most 100 times.
   */
  readonly whenPaused?: () => void | Promise<void>;
}

/** How a request went, and what the filter wrote while it handled it. */
export interface TestExchange extends ExchangeResult {
  readonly logs: readonly LogEntry[];
}

/** The most log lines that are kept. */
const maxLogs = 100_000;

/** How long a callback may take unless a test says otherwise. */
const defaultDeadlineMs = 1000;

/** How often `whenPaused` is called for one request. */
const maxNudges = 100;

interface TestFilterParts {
  readonly plugin: Plugin;
  readonly clock: TestClock;
  readonly metrics: Metrics;
  readonly findings: readonly Finding[];
  readonly logs: readonly LogEntry[];
  readonly grpcCalls: readonly TestGrpcCall[];
  readonly pending: Pending;
  readonly strict: boolean;
}

/**
 * Loads a filter for a test, from a file or from bytes, and starts it as Envoy would:
 *
 *     await using filter = await loadFilter('build/filter.wasm', { config: { header: 'hello' } });
 *     const { upstream, response } = await filter.request({ path: '/' }, { upstream: { status: 200, body: 'hi' } });
 *
 * @throws WasmcastError WC-HST-001 when Envoy would refuse the module, WC-HST-002 when the filter refuses to start, both
 * with the filter's log lines.
 */
export async function loadFilter(
  source: string | URL | Uint8Array,
  options: TestFilterOptions = {},
): Promise<TestFilter> {
  const bytes = source instanceof Uint8Array ? source : await readFile(source);
  const sourceMap = options.sourceMap ?? (source instanceof Uint8Array ? undefined : await mapBeside(source));
  const compiled = await compileModule(bytes, sourceMap === undefined ? {} : { sourceMap });
  if (compiled.kind === 'not-loadable') {
    throw new WasmcastError('WC-HST-001', `Envoy would not load this module: ${compiled.reasons.join('; ')}`);
  }
  const { config, vmConfig, clusters, grpc, strict, sourceMap: _, ...rest } = options;
  const clock = new TestClock();
  const metrics = new Metrics();
  const logs: LogEntry[] = [];
  const findings: Finding[] = [];
  const pending = new Pending();
  const grpcCalls = new GrpcCallouts(grpc ?? {}, clock, pending);
  const result = createPlugin({
    ...rest,
    module: compiled.module,
    deadlineMs: rest.deadlineMs ?? defaultDeadlineMs,
    configuration: bytesOf(config),
    vmConfiguration: bytesOf(vmConfig),
    clock,
    metrics,
    httpCall: new Callouts(clusters ?? {}, clock, pending),
    grpc: grpcCalls,
    onFinding: (finding) => void findings.push(finding),
    log: (entry) => void (logs.length < maxLogs && logs.push(entry)),
  });
  if (result.kind !== 'ready') {
    const lines = logs.map((entry) => `\n  ${entry.level}: ${entry.message}`).join('');
    const why =
      result.kind === 'refused'
        ? `${result.callback} returned false`
        : result.kind === 'trapped'
          ? result.message
          : result.reason;
    throw new WasmcastError('WC-HST-002', `the filter did not start: ${why}${lines}`);
  }
  return new TestFilter({
    plugin: result.plugin,
    clock,
    metrics,
    findings,
    logs,
    grpcCalls: grpcCalls.calls,
    pending,
    strict: strict ?? true,
  });
}

/** A filter under test. Dispose of it: that runs its on_done and on_delete. */
export class TestFilter implements AsyncDisposable {
  /** The filter itself, e.g. to put several into one `FilterChain`. */
  readonly plugin: Plugin;
  /** The filter's time; it stands still unless `advance` is called. */
  readonly clock: TestClock;
  readonly metrics: Metrics;
  /** Rules of Envoy's that the filter came upon, and that nobody would tell it of in a mesh. */
  readonly findings: readonly Finding[];
  /** Everything the filter has logged since it was loaded. */
  readonly logs: readonly LogEntry[];
  /** The gRPC callouts that it has begun, the oldest first. */
  readonly grpcCalls: readonly TestGrpcCall[];
  readonly #pending: Pending;
  readonly #strict: boolean;

  /** Made by {@link loadFilter}. */
  constructor(parts: TestFilterParts) {
    this.plugin = parts.plugin;
    this.clock = parts.clock;
    this.metrics = parts.metrics;
    this.findings = parts.findings;
    this.logs = parts.logs;
    this.grpcCalls = parts.grpcCalls;
    this.#pending = parts.pending;
    this.#strict = parts.strict;
  }

  /**
   * Sends a request through the filter and the upstream's answer back; ends when the client has its answer, or when
   * nothing is left that could let a paused stream go on.
   *
   * @throws WasmcastError WC-HST-003 when the filter trapped (not with `strict: false`).
   */
  async request(request: TestRequest = {}, options: TestRequestOptions = {}): Promise<TestExchange> {
    const before = this.logs.length;
    const { whenPaused, ...rest } = options;
    let nudges = 0;
    const settle = async (): Promise<boolean> => {
      if (await this.#pending.settle()) return true;
      if (whenPaused === undefined || nudges++ === maxNudges) return false;
      await whenPaused();
      return true;
    };
    const result = await exchange(new FilterChain([this.plugin]), request, { ...rest, settle });
    const { trap } = this.plugin;
    if (this.#strict && trap !== undefined) {
      const frames = trap.frames.map((frame) => `\n  at ${frame}`).join('');
      throw new WasmcastError('WC-HST-003', `${trap.message}${frames}`);
    }
    return { ...result, logs: this.logs.slice(before) };
  }

  /** Opens a TCP connection through the filter. */
  connect(options?: ConnectionOptions): TestConnection {
    return new TestConnection(new FilterChain([this.plugin]), options);
  }

  /** Waits until all callouts that are under way have been answered. */
  async settled(): Promise<void> {
    while (await this.#pending.settle());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.plugin.close();
    await this.settled();
  }
}

function bytesOf(config: string | Uint8Array | JsonObject | undefined): Uint8Array {
  if (config === undefined) return new Uint8Array();
  if (config instanceof Uint8Array) return config;
  return Buffer.from(typeof config === 'string' ? config : canonicalJson(config), 'utf8');
}

async function mapBeside(source: string | URL): Promise<string | undefined> {
  const beside = source instanceof URL ? new URL(`${source.href}.map`) : `${source}.map`;
  return readFile(beside, 'utf8').catch(() => undefined);
}
