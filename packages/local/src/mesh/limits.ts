/** Bounds of one service's traffic. */
export interface MeshLimits {
  /** Bytes of a request's head (431). Envoy's default. */
  readonly headerBytes: number;
  /** Fields of a request's head (431). Envoy's default is 100; this leaves room for browsers. */
  readonly headerFields: number;
  /** Bytes of a request's body (413). */
  readonly bodyBytes: number;
  /** Bytes that a filter may hold back of one body (413 or 500). Envoy's default. */
  readonly bufferBytes: number;
  /** Milliseconds to connect to upstream (503). */
  readonly connectMs: number;
  /** Milliseconds without a byte from upstream, the response's head included (504). */
  readonly idleMs: number;
  /** Connections to one upstream. */
  readonly upstreamConnections: number;
}

/** Bounds of a mesh that was not told others. */
export const defaultLimits: MeshLimits = {
  headerBytes: 60 * 1024,
  headerFields: 200,
  bodyBytes: 1024 * 1024 * 1024,
  bufferBytes: 1024 * 1024,
  connectMs: 5_000,
  idleMs: 60_000,
  upstreamConnections: 1024,
};
