import type { HeaderMap } from '../headers/header-map.ts';
import type { FilterStream } from './filter-stream.ts';
import type { HttpStream } from './http-stream.ts';
import type { LocalReply } from './local-reply.ts';
import { Pipeline } from './pipeline.ts';

const encoder = new TextEncoder();

/** Requests meet the filters in order. */
export class RequestPipeline extends Pipeline {
  readonly stream: HttpStream;

  constructor(stream: HttpStream, filters: readonly FilterStream[]) {
    super(
      stream,
      filters.map((filter) => filter.request),
    );
    this.stream = stream;
  }

  protected emitHeaders(headers: HeaderMap, end: boolean): void {
    this.stream.sink.onRequestHeaders(headers, end);
  }
  protected emitData(data: Uint8Array, end: boolean): void {
    this.stream.sink.onRequestBody(data, end);
  }
  protected emitTrailers(trailers: HeaderMap): void {
    this.stream.sink.onRequestTrailers(trailers);
  }
  protected emitPaused(paused: boolean): void {
    this.stream.sink.onPause?.('request', paused);
  }
  protected tooLarge(): void {
    this.stream.sendLocalReply(hostReply(413, 'Payload Too Large', 'request_payload_too_large'));
  }
}

/** Responses meet them the other way round. */
export class ResponsePipeline extends Pipeline {
  readonly stream: HttpStream;
  headersSent = false;
  /** Of the body, to the client. */
  bytesSent = 0;

  constructor(stream: HttpStream, filters: readonly FilterStream[]) {
    super(stream, filters.map((filter) => filter.response).toReversed());
    this.stream = stream;
  }

  protected emitHeaders(headers: HeaderMap, end: boolean): void {
    this.headersSent = true;
    this.stream.sink.onResponseHeaders(headers, end);
  }
  protected emitData(data: Uint8Array, end: boolean): void {
    this.bytesSent += data.length;
    this.stream.sink.onResponseBody(data, end);
  }
  protected emitTrailers(trailers: HeaderMap): void {
    this.stream.sink.onResponseTrailers(trailers);
  }
  protected emitPaused(paused: boolean): void {
    this.stream.sink.onPause?.('response', paused);
  }
  protected tooLarge(): void {
    this.stream.sendLocalReply(hostReply(500, 'Internal Server Error', 'response_payload_too_large'));
  }
}

/** An answer of the proxy itself. */
export function hostReply(code: number, text: string, details: string): LocalReply {
  return { code, body: encoder.encode(text), headers: [], grpcStatus: undefined, details };
}
