/** What the proxy does after a headers callback. */
export enum HeadersAction {
  /** Go on to the next filter. */
  Continue = 0,
  /**
   * Hold the stream here until `resumeRequest()` / `resumeResponse()`, or because a local response was sent. Envoy holds the body
   * too: no body callback comes while it is paused.
   */
  Pause = 1,
}

/** What the proxy does after a body callback. */
export enum BodyAction {
  /** Send on everything that is held so far. */
  Continue = 0,
  /** Keep the bytes; the next call sees them together with the new ones. Over its buffer limit Envoy answers 413 or 500. */
  Buffer = 1,
}

/** What the proxy does after a trailers callback. */
export enum TrailersAction {
  Continue = 0,
  /** Hold the trailers, and with them the end of the stream. */
  Pause = 1,
}
