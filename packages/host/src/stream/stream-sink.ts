import type { HeaderMap } from '../headers/header-map.ts';
import type { PropertyValue } from '../properties/property-value.ts';
import type { LocalReply } from './local-reply.ts';

/**
 * Where the frames of a stream go after the filters: the request's to the upstream, the response's to the client. A frame
 * may come out later than it went in, or never. A chunk belongs to the receiver; the request's headers must not be changed.
 * What becomes of the response's during their callback is seen by on_log, as in Envoy (see `finishResponse`).
 */
export interface StreamSink {
  onRequestHeaders(headers: HeaderMap, endOfStream: boolean): void;
  onRequestBody(chunk: Uint8Array, endOfStream: boolean): void;
  onRequestTrailers(trailers: HeaderMap): void;
  onResponseHeaders(headers: HeaderMap, endOfStream: boolean): void;
  onResponseBody(chunk: Uint8Array, endOfStream: boolean): void;
  onResponseTrailers(trailers: HeaderMap): void;
  /** The stream broke: cut the client off and drop the upstream. It is over, `done()` does nothing more. */
  onReset(details: string): void;
  /**
   * A filter answers instead of the upstream. The answer comes through the `onResponse…` functions; the upstream, if it
   * has been asked, is no longer needed, and the request's frames go nowhere any more.
   */
  onLocalReply?(reply: LocalReply): void;
  /** A filter holds more than the limit: stop (`true`) or go on (`false`) reading from the sender of that direction. */
  onPause?(direction: 'request' | 'response', paused: boolean): void;
  /** A filter has asked for the route to be chosen again. */
  onClearRouteCache?(): void;
}

/** What a stream knows of its surroundings; all of it is for properties. */
export interface StreamOptions {
  /** `HTTP/1.1`, `HTTP/2` … Default: `HTTP/1.1`. */
  readonly protocol?: string;
  /** What `connection_id` reads. Default: 0. */
  readonly connectionId?: bigint;
  /** Properties such as `['source', 'address']`; asked before the host's own. */
  readonly attributes?: (path: readonly string[]) => PropertyValue | undefined;
  /** How many bytes of a body the filters may hold. Default: 1 MiB, Envoy's per_connection_buffer_limit_bytes. */
  readonly bufferLimit?: number;
}
