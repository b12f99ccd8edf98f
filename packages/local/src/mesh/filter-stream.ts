/** Header fields in order, names in lower case; pseudo headers (`:method`, `:path`, `:authority`, `:scheme`, `:status`) first. */
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

/** One direction of a stream: headers, then any number of body pieces, then perhaps trailers. `end` is on the last one. */
export interface Flow {
  headers(headers: HeaderPairs, end: boolean): void;
  /** The bytes are the receiver's from now on. */
  body(chunk: Uint8Array, end: boolean): void;
  /** Trailers end the flow. */
  trailers(trailers: HeaderPairs): void;
}

/** Where a stream's filters let requests and responses out. */
export interface StreamExits {
  readonly request: Flow;
  readonly response: Flow;
  /** A filter answers instead of upstream, which is wanted no more; the answer comes out as the response. */
  localReply(): void;
  /** The filters broke the stream off. */
  reset(): void;
  /** Filters hold back the request body, or take it again; while they hold it, none should be read. */
  holdRequest(hold: boolean): void;
  /** The same for the response body. */
  holdResponse(hold: boolean): void;
}

/** The filters of one stream, as the proxy sees them: what is put in at one end comes out at {@link StreamExits}. */
export interface FilterStream {
  /** Whether a filter can change the body of a request, and of a response: otherwise it comes out as it goes in. */
  readonly changes: { readonly request: boolean; readonly response: boolean };
  /** From the client; filters may answer by themselves, which comes out as a response. */
  readonly request: Flow;
  /** From upstream. */
  readonly response: Flow;
  /** The exchange is over, one way or the other. Called once; nothing comes out afterwards. */
  close(): void;
}

/** The stream of a service that has no filters. */
export function openStream(exits: StreamExits): FilterStream {
  const changes = { request: false, response: false };
  return { changes, request: exits.request, response: exits.response, close: () => {} };
}
