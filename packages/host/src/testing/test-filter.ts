import { readFile } from 'node:fs/promises';
import { canonicalJson, WasmcastError, type JsonObject } from '@wasmcast/core';
import { compileModule } from '../module/compile.ts';
import { createPlugin, type Plugin } from '../plugin/plugin.ts';
import { Metrics } from '../ports/metrics.ts';
import type { HttpCallRequest, HttpCallResponse, HttpCaller, LogEntry } from '../ports/ports.ts';
import type { PluginOptions } from '../plugin/settings.ts';
import { FilterChain } from '../stream/filter-chain.ts';
import type { StreamOptions } from '../stream/http-stream.ts';
import { exchange, type ExchangeResult, type TestUpstream } from './exchange.ts';
import { chunksOf, headerMap, type TestRequest, type TestResponse } from './messages.ts';
import { TestClock } from './test-clock.ts';

/** A callout that a filter makes, as a test's handler sees it. */
export interface TestCall {
  readonly cluster: string;
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  /** `[name, value, …]` with pseudo headers. */
  readonly headers: readonly string[];
  readonly body: string;
  readonly timeoutMs: number;
}

/** Answers callouts; `'reset'` breaks the connection, `undefined` means that there is no such cluster. */
export type TestCalls = Readonly<
  Record<string, (call: TestCall) => TestResponse | 'reset' | Promise<TestResponse | 'reset'>>
>;

/** Options of {@link loadFilter}. */
export interface TestFilterOptions extends Omit<
  PluginOptions,
  'module' | 'configuration' | 'vmConfiguration' | 'clock' | 'metrics' | 'httpCall' | 'log'
> {
  /** What on_configure reads: text, bytes, or an object that is written as JSON. */
  readonly config?: string | Uint8Array | JsonObject;
  /** What on_vm_start reads. */
  readonly vmConfig?: string | Uint8Array | JsonObject;
  /** The clusters that exist, by name, and what they answer. */
  readonly clusters?: TestCalls;
  /** Throw when the filter traps while it handles a request. Default: true. */
  readonly strict?: boolean;
}

/** Options of {@link TestFilter.request}. */
export interface TestRequestOptions extends StreamOptions {
  /** Default: status 200 without a body. */
  readonly upstream?: TestUpstream;
}

/** How a request went, and what the filter wrote while it handled it. */
export interface TestExchange extends ExchangeResult {
  readonly logs: readonly LogEntry[];
}

/** The most log lines that are kept. */
const maxLogs = 100_000;

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
  const compiled = await compileModule(bytes);
  if (compiled.kind === 'not-loadable') {
    throw new WasmcastError('WC-HST-001', `Envoy would not load this module: ${compiled.reasons.join('; ')}`);
  }
  const { config, vmConfig, clusters, strict, ...rest } = options;
  const clock = new TestClock();
  const metrics = new Metrics();
  const logs: LogEntry[] = [];
  const calls = new Callouts(clusters ?? {});
  const result = createPlugin({
    ...rest,
    module: compiled.module,
    configuration: bytesOf(config),
    vmConfiguration: bytesOf(vmConfig),
    clock,
    metrics,
    httpCall: calls,
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
  return new TestFilter(result.plugin, clock, metrics, logs, calls, strict ?? true);
}

/** A filter under test. Dispose of it: that runs its on_done and on_delete. */
export class TestFilter implements AsyncDisposable {
  /** The filter itself, e.g. to put several into one `FilterChain`. */
  readonly plugin: Plugin;
  /** The filter's time; it stands still unless `advance` is called. */
  readonly clock: TestClock;
  readonly metrics: Metrics;
  /** Everything the filter has logged since it was loaded. */
  readonly logs: readonly LogEntry[];
  readonly #calls: Callouts;
  readonly #strict: boolean;

  /** Made by {@link loadFilter}. */
  constructor(
    plugin: Plugin,
    clock: TestClock,
    metrics: Metrics,
    logs: readonly LogEntry[],
    calls: Callouts,
    strict: boolean,
  ) {
    this.plugin = plugin;
    this.clock = clock;
    this.metrics = metrics;
    this.logs = logs;
    this.#calls = calls;
    this.#strict = strict;
  }

  /**
   * Sends a request through the filter and the upstream's answer back; ends when the client has its answer, or when
   * nothing is left that could let a paused stream go on.
   *
   * @throws WasmcastError WC-HST-003 when the filter trapped (not with `strict: false`).
   */
  async request(request: TestRequest = {}, options: TestRequestOptions = {}): Promise<TestExchange> {
    const before = this.logs.length;
    const settle = (): Promise<boolean> => this.#calls.settle();
    const result = await exchange(new FilterChain([this.plugin]), request, { ...options, settle });
    const { trap } = this.plugin;
    if (this.#strict && trap !== undefined) {
      const frames = trap.frames.map((frame) => `\n  at ${frame}`).join('');
      throw new WasmcastError('WC-HST-003', `${trap.message}${frames}`);
    }
    return { ...result, logs: this.logs.slice(before) };
  }

  /** Waits until all callouts that are under way have been answered. */
  async settled(): Promise<void> {
    while (await this.#calls.settle());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.plugin.close();
    await this.settled();
  }
}

/** Callouts that a test answers. */
export class Callouts implements HttpCaller {
  readonly #clusters: TestCalls;
  readonly #running = new Set<Promise<void>>();

  constructor(clusters: TestCalls) {
    this.#clusters = clusters;
  }

  send(
    request: HttpCallRequest,
    done: (response: HttpCallResponse | 'reset') => void,
  ): (() => void) | undefined {
    const answer = Object.hasOwn(this.#clusters, request.cluster)
      ? this.#clusters[request.cluster]
      : undefined;
    if (answer === undefined) return undefined;
    let cancelled = false;
    const run = async (): Promise<void> => {
      const response = await answer(testCall(request));
      if (!cancelled) done(response === 'reset' ? 'reset' : callResponse(response));
    };
    // Never before send has returned.
    const running: Promise<void> = Promise.resolve()
      .then(run)
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    return () => {
      cancelled = true;
    };
  }

  /** Waits for one that is under way; false when none is. */
  async settle(): Promise<boolean> {
    const [first] = this.#running;
    if (first === undefined) return false;
    await first;
    return true;
  }
}

function testCall(request: HttpCallRequest): TestCall {
  const header = (name: string): string => request.headers[request.headers.indexOf(name) + 1] ?? '';
  return {
    cluster: request.cluster,
    method: header(':method'),
    path: header(':path'),
    authority: header(':authority'),
    headers: request.headers,
    body: Buffer.from(request.body).toString('utf8'),
    timeoutMs: request.timeoutMs,
  };
}

function callResponse(response: TestResponse): HttpCallResponse {
  return {
    headers: headerMap('response', { ':status': String(response.status ?? 200) }, response.headers).flat,
    body: Buffer.concat(chunksOf(response.body)),
    trailers: headerMap('trailers', {}, response.trailers).flat,
  };
}

function bytesOf(config: string | Uint8Array | JsonObject | undefined): Uint8Array {
  if (config === undefined) return new Uint8Array();
  if (config instanceof Uint8Array) return config;
  return Buffer.from(typeof config === 'string' ? config : canonicalJson(config), 'utf8');
}
