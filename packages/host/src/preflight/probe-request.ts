import process from 'node:process';
import { HeaderMap } from '../headers/header-map.ts';
import type { Plugin } from '../plugin/plugin.ts';
import type { StreamSink } from '../stream/stream-sink.ts';
import type { ProbeOutcome } from './protocol.ts';

/** Milliseconds of processor time: until V8 has compiled what is run often, and for each of the batches, of which the middle one counts. */
const [warmUpMs, batchMs, batches] = [250, 20, 5];

/** What a small service answers. */
const answer = Buffer.alloc(1024, 'x');

/**
 * What a request costs a filter alone: a GET that goes through, or that the filter answers, again and again for a third of a
 * second. `starts` is told before that; what the filter logs and calls from then on is the same each time.
 */
export function probeRequest(plugin: Plugin, starts: () => void): ProbeOutcome {
  const kind = sendProbe(plugin);
  let requestUs = 0;
  if (plugin.trap === undefined) {
    if (kind !== 'passed' && kind !== 'answered') return { kind };
    starts();
    runFor(plugin, warmUpMs);
    const times = Array.from({ length: batches }, () => runFor(plugin, batchMs)).toSorted((a, b) => a - b);
    requestUs = times[batches >> 1] ?? 0;
  }
  // The first, or one that was one too many.
  const { trap } = plugin;
  return trap === undefined ? { kind, requestUs } : { kind: 'trapped', message: trap.message };
}

/** Microseconds of processor time that one request takes: not of the time that passes, because other things run beside it. */
function runFor(plugin: Plugin, ms: number): number {
  const before = process.cpuUsage();
  // To look at the clock costs as much as a quick request.
  for (let count = 0, step = 1; ; step = Math.min(step * 2, 64)) {
    for (let i = 0; i < step; i++) sendProbe(plugin);
    count += step;
    const { user, system } = process.cpuUsage(before);
    if (user + system >= ms * 1000) return (user + system) / count;
  }
}

function sendProbe(plugin: Plugin): 'passed' | 'answered' | 'waits' | 'broken-off' {
  const seen: { request?: boolean; response?: boolean; reset?: boolean } = {};
  const nothing = (): void => undefined;
  const sink: StreamSink = {
    onRequestHeaders: (_headers, end) => void (seen.request = end),
    onRequestBody: (_chunk, end) => void (seen.request = end),
    onRequestTrailers: () => void (seen.request = true),
    onResponseHeaders: (_headers, end) => void (seen.response = end),
    onResponseBody: (_chunk, end) => void (seen.response = end),
    onResponseTrailers: nothing,
    onReset: () => void (seen.reset = true),
  };
  const stream = plugin.newStream(sink);
  stream.onRequestHeaders(requestHeaders(), true);
  if (seen.request === true && !stream.locallyReplied) {
    stream.onResponseHeaders(responseHeaders(), false);
    stream.onResponseBody(answer, true);
  }
  stream.done();
  if (seen.reset === true) return 'broken-off';
  if (seen.response !== true) return 'waits';
  return stream.locallyReplied ? 'answered' : 'passed';
}

function requestHeaders(): HeaderMap {
  return new HeaderMap('request', [
    ':authority',
    'shop.example',
    ':path',
    '/items/42?colour=blue',
    ':method',
    'GET',
    ':scheme',
    'http',
    'user-agent',
    'wasmcast',
    'accept',
    '*/*',
    'x-request-id',
    '4d1f2a0e-9a1c-4c0e-8c55-0f7d6f0b8a11',
  ]);
}

function responseHeaders(): HeaderMap {
  return new HeaderMap('response', [
    ':status',
    '200',
    'content-type',
    'text/plain',
    'content-length',
    String(answer.length),
  ]);
}
