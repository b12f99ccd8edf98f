import { isDeepStrictEqual } from 'node:util';
import { WasmcastError, type Case, type CaseExchange, type Cases } from '@wasmcast/core';
import type { TestAnswer, TestCalls } from '../callouts.ts';
import type { TestUpstreamAnswer } from '../exchange.ts';
import { loadFilter, type TestFilterOptions } from '../load-filter.ts';
import type { TestRequest } from '../messages.ts';
import type { TestExchange, TestFilter } from '../test-filter.ts';
import { compared } from './compare.ts';
import { clip, failure, milliseconds } from './failure.ts';
import { runTcp } from './run-tcp.ts';

/**
 * Runs one declared test on a fresh filter.
 *
 * @throws Error with the difference and what the filter did when something is not as expected; WasmcastError
 * WC-HST-… when the filter does not load, does not start, or traps.
 */
export async function runCase(module: string | Uint8Array, file: Cases, one: Case): Promise<void> {
  const { refused } = one;
  const clusters = callsOf({ ...file.clusters, ...one.clusters });
  const config = one.config ?? file.config;
  const options: TestFilterOptions = {
    strict: file.strict,
    clusters,
    ...(config !== undefined && { config }),
  };
  if (refused !== undefined) return expectRefused(module, options, refused);
  await using filter = await loadFilter(module, options);
  if (one.tcp !== undefined) return runTcp(filter, one.tcp);
  for (const exchange of [one, ...(one.next ?? [])]) await runExchange(filter, exchange);
}

async function runExchange(filter: TestFilter, exchange: CaseExchange): Promise<void> {
  if (exchange.after !== undefined) filter.clock.advance(milliseconds(exchange.after));
  const found = filter.findings.length;
  // What is read from YAML has no key that is undefined.
  const request = exchange.request as TestRequest | undefined;
  const upstream = exchange.upstream as TestUpstreamAnswer | undefined;
  const result = await filter.request(request, upstream === undefined ? {} : { upstream });
  const { actual, expected } = compared(exchange.expect ?? {}, result, filter.metrics);
  if (isDeepStrictEqual(actual, expected)) return;
  throw failure({ actual, expected }, traceOf(result, filter, found));
}

async function expectRefused(
  module: string | Uint8Array,
  options: TestFilterOptions,
  words: string,
): Promise<void> {
  try {
    await using _filter = await loadFilter(module, options);
  } catch (error) {
    if (!(error instanceof WasmcastError)) throw error;
    if (error.message.includes(words)) return;
    throw failure({ actual: { refused: error.message }, expected: { refused: words } }, []);
  }
  throw failure({ actual: { refused: 'no' }, expected: { refused: words } }, []);
}

function traceOf(result: TestExchange, filter: TestFilter, found: number): string[] {
  const { upstream, response, localReply, paused, reset } = result;
  const lines = result.logs.map(({ level, message }) => `  ${level}: ${message}`);
  lines.push(...filter.findings.slice(found).map(({ message }) => `  note: ${message}`));
  if (upstream !== undefined) lines.push(`  upstream got ${upstream.method} ${upstream.path}`);
  if (localReply !== undefined)
    lines.push(`  it answered itself: ${localReply.status} ${localReply.details}`);
  if (response !== undefined)
    lines.push(`  client got ${response.status} ${JSON.stringify(clip(response.body))}`);
  if (paused !== undefined) lines.push(`  the ${paused} was held and never let go on`);
  if (reset !== undefined) lines.push(`  the stream was broken off: ${reset}`);
  return lines;
}

function callsOf(clusters: NonNullable<Cases['clusters']>): TestCalls {
  return Object.fromEntries(
    Object.entries(clusters).map(([name, answer]) => [name, () => answer as TestAnswer]),
  );
}
