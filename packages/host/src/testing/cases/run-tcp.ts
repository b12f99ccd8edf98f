import { isDeepStrictEqual } from 'node:util';
import type { TcpStep } from '@wasmcast/core';
import type { TestConnection } from '../test-connection.ts';
import type { TestFilter } from '../test-filter.ts';
import { comparedTcp } from './compare.ts';
import { clip, failure, milliseconds } from './failure.ts';

/** Opens one connection and does with it what the steps say. Throws as `runCase` does. */
export async function runTcp(filter: TestFilter, steps: readonly TcpStep[]): Promise<void> {
  const found = filter.findings.length;
  const connection = filter.connect();
  let logged = 0;
  for (const { after, client, upstream, close, expect } of steps) {
    if (after !== undefined) filter.clock.advance(milliseconds(after));
    if (client !== undefined) connection.clientSends(client);
    if (upstream !== undefined) connection.upstreamSends(upstream);
    if (close !== undefined) connection.clientCloses();
    await filter.settled();
    filter.raiseFaults(found);
    const logs = filter.logs.slice(logged);
    logged = filter.logs.length;
    const { actual, expected } = comparedTcp(expect ?? {}, connection, logs, filter.metrics);
    if (!isDeepStrictEqual(actual, expected))
      throw failure({ actual, expected }, traceOf(connection, filter, found));
  }
}

function traceOf(
  { upstream, client, closedBy }: TestConnection,
  filter: TestFilter,
  found: number,
): string[] {
  const lines = filter.logs.map(({ level, message }) => `  ${level}: ${message}`);
  lines.push(...filter.findings.slice(found).map(({ message }) => `  note: ${message}`));
  lines.push(
    `  upstream got ${JSON.stringify(clip(upstream))}`,
    `  client got ${JSON.stringify(clip(client))}`,
  );
  if (closedBy !== undefined) lines.push(`  it closed the connection: ${closedBy}`);
  return lines;
}
