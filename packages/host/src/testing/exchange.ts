import type { FilterChain } from '../stream/filter-chain.ts';
import type { HttpStream } from '../stream/http-stream.ts';
import type { StreamOptions } from '../stream/stream-sink.ts';
import {
  chunksOf,
  headerMap,
  MessageRecorder,
  type SeenRequest,
  type SeenResponse,
  type TestRequest,
  type TestResponse,
} from './messages.ts';

/** What the upstream answers: always the same, or depending on the request that reached it. */
export type TestUpstream = TestResponse | ((request: SeenRequest) => TestResponse | Promise<TestResponse>);

/** How a request went. */
export interface ExchangeResult {
  /** What reached the upstream; `undefined` when nothing did. */
  readonly upstream: SeenRequest | undefined;
  /** What reached the client; `undefined` when nothing did. */
  readonly response: SeenResponse | undefined;
  /** The details of a filter's own answer. */
  readonly localReply: { readonly status: number; readonly details: string } | undefined;
  /** Why the stream was broken off, if it was. */
  readonly reset: string | undefined;
  /** The direction that a filter stopped and never let go on. */
  readonly paused: 'request' | 'response' | undefined;
}

/** Options of {@link exchange}. */
export interface ExchangeOptions extends StreamOptions {
  readonly upstream?: TestUpstream;
  /** Waits for whatever may still let a paused stream go on; returns false when there is nothing. */
  readonly settle?: () => Promise<boolean>;
  /** End each message with an empty chunk, as Envoy's HTTP/1 codec does. */
  readonly endApart?: boolean;
}

/** Sends one request through a chain and the upstream's answer back. */
export async function exchange(
  chain: FilterChain,
  request: TestRequest,
  options: ExchangeOptions = {},
): Promise<ExchangeResult> {
  const up = new MessageRecorder();
  const down = new MessageRecorder();
  let reset: string | undefined;
  let localReply: ExchangeResult['localReply'];
  const stream = chain.newStream(
    {
      onRequestHeaders: (headers, end) => up.onHeaders(headers, end),
      onRequestBody: (chunk, end) => up.onBody(chunk, end),
      onRequestTrailers: (trailers) => up.onTrailers(trailers),
      onResponseHeaders: (headers, end) => down.onHeaders(headers, end),
      onResponseBody: (chunk, end) => down.onBody(chunk, end),
      onResponseTrailers: (trailers) => down.onTrailers(trailers),
      onLocalReply: ({ code, details }) => (localReply = { status: code, details }),
      onReset: (details) => (reset = details),
    },
    options,
  );
  const broken = (): boolean => reset !== undefined;
  const settled = async (until: () => boolean): Promise<boolean> => {
    while (!until() && !broken()) if (!((await options.settle?.()) ?? false)) break;
    return until();
  };
  const replied = (): boolean => reset !== undefined || stream.locallyReplied;
  try {
    sendRequest(stream, request, options.endApart ?? false);
    let paused: ExchangeResult['paused'];
    if (!(await settled(() => up.complete || replied()))) paused = 'request';
    const seen = seenRequest(up);
    if (paused === undefined && !replied() && seen !== undefined) {
      const answer = typeof options.upstream === 'function' ? await options.upstream(seen) : options.upstream;
      sendResponse(stream, answer ?? {}, options.endApart ?? false);
    }
    if (paused === undefined && reset === undefined && !(await settled(() => down.complete))) {
      paused = reset === undefined ? 'response' : undefined;
    }
    return { upstream: seenRequest(up), response: seenResponse(down), localReply, reset, paused };
  } finally {
    stream.done();
  }
}

function sendRequest(stream: HttpStream, request: TestRequest, endApart: boolean): void {
  const pseudo = {
    ':authority': request.authority ?? 'localhost',
    ':path': request.path ?? '/',
    ':method': request.method ?? 'GET',
    ':scheme': request.scheme ?? 'http',
  };
  const chunks = chunksOf(request.body);
  const trailers = request.trailers && headerMap('trailers', {}, request.trailers);
  stream.onRequestHeaders(
    headerMap('request', pseudo, request.headers),
    chunks.length === 0 && trailers === undefined,
  );
  if (endApart && chunks.length > 0 && trailers === undefined) chunks.push(new Uint8Array());
  chunks.forEach((chunk, i) =>
    stream.onRequestBody(chunk, i === chunks.length - 1 && trailers === undefined),
  );
  if (trailers !== undefined) stream.onRequestTrailers(trailers);
}

function sendResponse(stream: HttpStream, response: TestResponse, endApart: boolean): void {
  const chunks = chunksOf(response.body);
  const trailers = response.trailers && headerMap('trailers', {}, response.trailers);
  const headers = headerMap('response', { ':status': String(response.status ?? 200) }, response.headers);
  stream.onResponseHeaders(headers, chunks.length === 0 && trailers === undefined);
  if (endApart && chunks.length > 0 && trailers === undefined) chunks.push(new Uint8Array());
  chunks.forEach((chunk, i) =>
    stream.onResponseBody(chunk, i === chunks.length - 1 && trailers === undefined),
  );
  if (trailers !== undefined) stream.onResponseTrailers(trailers);
}

function seenRequest(recorder: MessageRecorder): SeenRequest | undefined {
  const seen = recorder.seen();
  if (seen === undefined) return undefined;
  const pseudo = (name: string): string => recorder.headers?.get(name) ?? '';
  return { ...seen, method: pseudo(':method'), path: pseudo(':path'), authority: pseudo(':authority') };
}

function seenResponse(recorder: MessageRecorder): SeenResponse | undefined {
  const seen = recorder.seen();
  return seen && { ...seen, status: Number(recorder.headers?.get(':status')) };
}
