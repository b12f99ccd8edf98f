import type { HeaderMap } from '../headers/header-map.ts';
import type { FilterChain } from '../stream/filter-chain.ts';
import { finishResponse } from '../stream/finish-response.ts';
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
export type TestUpstream =
  | TestUpstreamAnswer
  | ((request: SeenRequest) => TestUpstreamAnswer | Promise<TestUpstreamAnswer>);

/** A response; `'reset'`: the upstream breaks off without one. */
export type TestUpstreamAnswer = TestResponse | 'reset';

/** How a request went. */
export interface ExchangeResult {
  /** What reached the upstream; `undefined` when nothing did. */
  readonly upstream: SeenRequest | undefined;
  /** What reached the client; `undefined` when nothing did. */
  readonly response: SeenResponse | undefined;
  /** The details of a filter's own answer. */
  readonly localReply: { readonly status: number; readonly details: string } | undefined;
  /** Why the stream was broken off, if it was; `client`: as the request wanted it. */
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
  /** The client's connection ends with this exchange: it has asked for that, in a header that filters do not see. */
  readonly closes?: boolean;
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
      onResponseHeaders: (headers, end) => {
        down.onHeaders(headers, end);
        const now = chain.plugins[0]?.ports.clock.realtime() ?? 0n;
        // Envoy closes a connection whose request has not come to its end.
        finishResponse(headers, { now, closes: options.closes === true || !stream.request.ended });
      },
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
    if (request.resetAfter !== undefined) reset ??= 'client';
    let paused: ExchangeResult['paused'];
    if (!(await settled(() => up.complete || replied()))) paused = 'request';
    const seen = seenRequest(up);
    if (paused === undefined && !replied() && seen !== undefined) {
      const answer = typeof options.upstream === 'function' ? await options.upstream(seen) : options.upstream;
      if (answer === 'reset') stream.onUpstreamReset();
      else sendResponse(stream, answer ?? {}, options.endApart ?? false);
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
  sendMessage(request, endApart, {
    headers: (end) => stream.onRequestHeaders(headerMap('request', pseudo, request.headers), end),
    body: (chunk, end) => stream.onRequestBody(chunk, end),
    trailers: (trailers) => stream.onRequestTrailers(trailers),
  });
}

function sendResponse(stream: HttpStream, response: TestResponse, endApart: boolean): void {
  const pseudo = { ':status': String(response.status ?? 200) };
  sendMessage(response, endApart, {
    headers: (end) => stream.onResponseHeaders(headerMap('response', pseudo, response.headers), end),
    body: (chunk, end) => stream.onResponseBody(chunk, end),
    trailers: (trailers) => stream.onResponseTrailers(trailers),
  });
  if (response.resetAfter !== undefined) stream.onUpstreamReset();
}

/** Where the frames of a message go. */
interface Frames {
  headers(end: boolean): void;
  body(chunk: Uint8Array, end: boolean): void;
  trailers(trailers: HeaderMap): void;
}

function sendMessage(message: TestRequest | TestResponse, endApart: boolean, frames: Frames): void {
  const { resetAfter } = message;
  const chunks = chunksOf(message.body).slice(0, resetAfter);
  const trailers =
    resetAfter === undefined && message.trailers !== undefined
      ? headerMap('trailers', {}, message.trailers)
      : undefined;
  // What is broken off does not end.
  const ends = trailers === undefined && resetAfter === undefined;
  frames.headers(ends && chunks.length === 0);
  if (endApart && ends && chunks.length > 0) chunks.push(new Uint8Array());
  chunks.forEach((chunk, i) => frames.body(chunk, ends && i === chunks.length - 1));
  if (trailers !== undefined) frames.trailers(trailers);
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
