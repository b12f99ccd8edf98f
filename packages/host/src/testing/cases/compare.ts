import type { Expectation, TcpExpectation } from '@wasmcast/core';
import type { Metrics } from '../../ports/metrics.ts';
import type { LogEntry } from '../../ports/ports.ts';
import type { SeenMessage } from '../messages.ts';
import type { TestConnection } from '../test-connection.ts';
import type { TestExchange } from '../test-filter.ts';

/** Two values of the same shape: equal when everything is as expected, else a diff of them shows what is not. */
export interface Compared {
  readonly actual: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
}

type ExpectedMessage = Pick<NonNullable<Expectation['response']>, 'headers' | 'body' | 'trailers'>;
type Matcher =
  | string
  | null
  | {
      readonly contains?: string | undefined;
      readonly matches?: string | undefined;
      readonly json?: unknown;
    };

type Pair = [name: string, is: unknown, shall: unknown];

/** Of what came out only that is taken which something is expected of. */
export function compared(expected: Expectation, result: TestExchange, metrics: Metrics): Compared {
  const pairs: Pair[] = [];
  const { upstream, response, paused, reset } = expected;
  if (upstream !== undefined) pairs.push(['upstream', ...upstreamPair(upstream, result)]);
  if (response !== undefined) {
    const given = result.response;
    const pair =
      given === undefined ? nothing(response) : messagePair(response, given, { status: given.status });
    pairs.push(['response', ...pair]);
  }
  pairs.push(...tracePairs(expected, result.logs, metrics));
  if (paused !== undefined) pairs.push(['paused', result.paused, paused]);
  if (reset !== undefined) pairs.push(['reset', result.reset !== undefined, reset]);
  return beside(pairs);
}

/** As {@link compared}, of a connection; `logs` are those of the last step. */
export function comparedTcp(
  expected: TcpExpectation,
  connection: TestConnection,
  logs: readonly LogEntry[],
  metrics: Metrics,
): Compared {
  const pairs: Pair[] = [];
  for (const side of ['upstream', 'client'] as const) {
    const wanted = expected[side];
    if (wanted !== undefined) pairs.push([side, ...matched(wanted, connection[side])]);
  }
  if (expected.closed !== undefined)
    pairs.push(['closed', connection.closedBy !== undefined, expected.closed]);
  pairs.push(...tracePairs(expected, logs, metrics));
  return beside(pairs);
}

function tracePairs(
  expected: Pick<Expectation, 'logs' | 'metrics'>,
  seen: readonly LogEntry[],
  metrics: Metrics,
): Pair[] {
  const pairs: Pair[] = [];
  const { logs } = expected;
  if (logs !== undefined) {
    const lines = seen.map(({ message }) => message);
    const missing = logs.filter((text) => !lines.some((line) => line.includes(text)));
    pairs.push(['logs', missing.length === 0 ? logs : lines, logs]);
  }
  if (expected.metrics !== undefined) {
    const values = Object.keys(expected.metrics).map((name) => [name, number(metrics.value(name))]);
    pairs.push(['metrics', Object.fromEntries(values), expected.metrics]);
  }
  return pairs;
}

function beside(pairs: readonly Pair[]): Compared {
  return {
    actual: Object.fromEntries(pairs.map(([name, is]) => [name, is])),
    expected: Object.fromEntries(pairs.map(([name, , shall]) => [name, shall])),
  };
}

function upstreamPair(
  expected: NonNullable<Expectation['upstream']>,
  result: TestExchange,
): [unknown, unknown] {
  const seen = result.upstream;
  if (expected === false) {
    return [seen === undefined ? 'nothing' : { method: seen.method, path: seen.path }, 'nothing'];
  }
  return seen === undefined
    ? nothing(expected)
    : messagePair(expected, seen, { method: seen.method, path: seen.path, authority: seen.authority });
}

function nothing(expected: unknown): [unknown, unknown] {
  return ['nothing', expected];
}

/** What is expected of a message, and the same parts of the one that came. `line` is its first line. */
function messagePair(
  expected: ExpectedMessage & Readonly<Record<string, unknown>>,
  seen: SeenMessage,
  line: Readonly<Record<string, string | number>>,
): [unknown, unknown] {
  const actual: Record<string, unknown> = {};
  const wanted: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(line)) {
    if (expected[name] === undefined) continue;
    actual[name] = value;
    wanted[name] = expected[name];
  }
  for (const part of ['headers', 'trailers'] as const) {
    const all = Object.entries(expected[part] ?? {}).map(([name, matcher]) => {
      const value = seen[part][name.toLowerCase()] ?? null;
      return [name, ...matched(matcher, value)] as const;
    });
    if (all.length === 0) continue;
    actual[part] = Object.fromEntries(all.map(([name, is]) => [name, is]));
    wanted[part] = Object.fromEntries(all.map(([name, , shall]) => [name, shall]));
  }
  if (expected.body !== undefined) [actual['body'], wanted['body']] = matched(expected.body, seen.body);
  return [actual, wanted];
}

/** A value beside what it must be; where it only has to fit, both are the matcher if it does. */
function matched(matcher: Matcher, value: string | null): [unknown, unknown] {
  if (matcher === null || typeof matcher === 'string') return [value, matcher];
  if (value === null) return [value, matcher];
  const { contains, matches, json } = matcher;
  if (json !== undefined) return [parsed(value), json];
  const fits =
    (contains === undefined || value.includes(contains)) &&
    (matches === undefined || new RegExp(matches).test(value));
  return [fits ? matcher : value, matcher];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function number(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
