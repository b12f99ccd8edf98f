import type { HeaderMap } from '../headers/header-map.ts';
import type { FilterStream } from './filter-stream.ts';
import type { HttpStream } from './http-stream.ts';
import type { LocalReply } from './local-reply.ts';
import { Pipeline } from './pipeline.ts';
import type { Stage } from './stage.ts';

const encoder = new TextEncoder();

/** Requests meet the filters in order. */
export class RequestPipeline extends Pipeline {
  declare readonly owner: HttpStream;

  protected stageAt(index: number): Stage {
    return (this.filters[index] as FilterStream).request;
  }

  protected emitHeaders(headers: HeaderMap, end: boolean): void {
    this.owner.sink.onRequestHeaders(headers, end);
  }
  protected emitData(data: Uint8Array, end: boolean): void {
    this.owner.sink.onRequestBody(data, end);
  }
  protected emitTrailers(trailers: HeaderMap): void {
    this.owner.sink.onRequestTrailers(trailers);
  }
  protected emitPaused(paused: boolean): void {
    this.owner.sink.onPause?.('request', paused);
  }
  protected tooLarge(): void {
    this.owner.sendLocalReply(hostReply(413, 'Payload Too Large', 'request_payload_too_large'));
  }
}

/** Responses meet them the other way round. */
export class ResponsePipeline extends Pipeline {
  declare readonly owner: HttpStream;
  headersSent = false;
  /** Of the body, to the client. */
  bytesSent = 0;

  protected stageAt(index: number): Stage {
    return (this.filters[this.filters.length - 1 - index] as FilterStream).response;
  }

  protected emitHeaders(headers: HeaderMap, end: boolean): void {
    this.headersSent = true;
    this.owner.sink.onResponseHeaders(headers, end);
  }
  protected emitData(data: Uint8Array, end: boolean): void {
    this.bytesSent += data.length;
    this.owner.sink.onResponseBody(data, end);
  }
  protected emitTrailers(trailers: HeaderMap): void {
    this.owner.sink.onResponseTrailers(trailers);
  }
  protected emitPaused(paused: boolean): void {
    this.owner.sink.onPause?.('response', paused);
  }
  protected tooLarge(): void {
    this.owner.sendLocalReply(hostReply(500, 'Internal Server Error', 'response_payload_too_large'));
  }
}

/** An answer of the proxy itself. */
export function hostReply(code: number, text: string, details: string): LocalReply {
  return { code, body: encoder.encode(text), headers: [], grpcStatus: undefined, details };
}
