import { readFile } from 'node:fs/promises';
import { canonicalJson, WasmcastError, type JsonObject } from '@wasmcast/core';
import { compileOnce } from './compile-once.ts';
import { createPlugin } from '../plugin/plugin.ts';
import type { PluginOptions } from '../plugin/settings.ts';
import { Metrics } from '../ports/metrics.ts';
import type { LogEntry } from '../ports/ports.ts';
import type { Finding } from '../profile/findings.ts';
import { Callouts, type TestCalls } from './callouts.ts';
import { GrpcCallouts, type TestGrpcClusters } from './grpc-callouts.ts';
import { Pending } from './pending.ts';
import { seededRandom } from './seeded-random.ts';
import { TestClock } from './test-clock.ts';
import { TestFilter } from './test-filter.ts';

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
  /** What the random numbers of the filter begin with; the same gives the same. Default: 1. */
  readonly seed?: number;
  /** The most memory that the filter may have, in pages of 64 KiB. Default: 1 GiB. */
  readonly maxPages?: number;
  /** The source map of the module, for traps. Default: the file beside it, `filter.wasm.map`. */
  readonly sourceMap?: string;
  /**
   * Throw when the filter traps while it handles a request; with `findings` also when it comes upon a rule of Envoy's that
   * nobody would tell it of. Default: true.
   */
  readonly strict?: boolean | 'findings';
}

/** The most log lines and findings that are kept. */
const maxKept = 100_000;

/** How long a callback may take unless a test says otherwise. */
const defaultDeadlineMs = 1000;

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
  const { config, vmConfig, clusters, grpc, strict, seed, sourceMap: given, maxPages, ...rest } = options;
  const sourceMap = given ?? (source instanceof Uint8Array ? undefined : await mapBeside(source));
  const compiled = await compileOnce(bytes, {
    ...(sourceMap !== undefined && { sourceMap }),
    ...(maxPages !== undefined && { maxPages }),
  });
  if (compiled.kind === 'not-loadable') {
    throw new WasmcastError('WC-HST-001', `Envoy would not load this module: ${compiled.reasons.join('; ')}`);
  }
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
    random: rest.random ?? seededRandom(seed ?? 1),
    configuration: bytesOf(config),
    vmConfiguration: bytesOf(vmConfig),
    clock,
    metrics,
    httpCall: new Callouts(clusters ?? {}, clock, pending),
    grpc: grpcCalls,
    onFinding: (finding) => void (findings.length < maxKept && findings.push(finding)),
    log: (entry) => void (logs.length < maxKept && logs.push(entry)),
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

function bytesOf(config: string | Uint8Array | JsonObject | undefined): Uint8Array {
  if (config === undefined) return new Uint8Array();
  if (config instanceof Uint8Array) return config;
  return Buffer.from(typeof config === 'string' ? config : canonicalJson(config), 'utf8');
}

async function mapBeside(source: string | URL): Promise<string | undefined> {
  const beside = source instanceof URL ? new URL(`${source.href}.map`) : `${source}.map`;
  return readFile(beside, 'utf8').catch(() => undefined);
}
