import { WasmcastError } from '@wasmcast/core';
import type { Plugin } from '../plugin/plugin.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { LogEntry } from '../ports/ports.ts';
import type { Finding } from '../profile/findings.ts';
import { FilterChain } from '../stream/filter-chain.ts';
import type { StreamOptions } from '../stream/stream-sink.ts';
import type { ConnectionOptions } from '../tcp/connection-sink.ts';
import { exchange, type ExchangeResult, type TestUpstream } from './exchange.ts';
import type { TestGrpcCall } from './grpc-callouts.ts';
import type { TestRequest } from './messages.ts';
import type { Pending } from './pending.ts';
import type { TestClock } from './test-clock.ts';
import { TestConnection } from './test-connection.ts';

// The differential test's.
export { Callouts } from './callouts.ts';

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

/** How often `whenPaused` is called for one request. */
const maxNudges = 100;

/** What a {@link TestFilter} is made of. */
export interface TestFilterParts {
  readonly plugin: Plugin;
  readonly clock: TestClock;
  readonly metrics: Metrics;
  readonly findings: readonly Finding[];
  readonly logs: readonly LogEntry[];
  readonly grpcCalls: readonly TestGrpcCall[];
  readonly pending: Pending;
  readonly strict: boolean | 'findings';
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
  readonly #strict: boolean | 'findings';

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
   * @throws WasmcastError WC-HST-003 when the filter trapped (not with `strict: false`), WC-HST-004 when it came upon one of
   * Envoy's rules (only with `strict: 'findings'`).
   */
  async request(request: TestRequest = {}, options: TestRequestOptions = {}): Promise<TestExchange> {
    const before = this.logs.length;
    const foundBefore = this.findings.length;
    const { whenPaused, ...rest } = options;
    let nudges = 0;
    const settle = async (): Promise<boolean> => {
      if (await this.#pending.settle()) return true;
      if (whenPaused === undefined || nudges++ === maxNudges) return false;
      await whenPaused();
      return true;
    };
    const result = await exchange(new FilterChain([this.plugin]), request, { ...rest, settle });
    this.raiseFaults(foundBefore);
    return { ...result, logs: this.logs.slice(before) };
  }

  /**
   * Throws as {@link request} does, after something else was done with the filter.
   *
   * @param from How many findings there were before.
   */
  raiseFaults(from = 0): void {
    const { trap } = this.plugin;
    if (this.#strict !== false && trap !== undefined) {
      const frames = trap.frames.map((frame) => `\n  at ${frame}`).join('');
      throw new WasmcastError('WC-HST-003', `${trap.message}${frames}`);
    }
    const found = this.findings.slice(from).map(({ message }) => `\n  ${message}`);
    if (this.#strict === 'findings' && found.length > 0)
      throw new WasmcastError('WC-HST-004', `in Envoy this would go wrong without a word:${found.join('')}`);
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
