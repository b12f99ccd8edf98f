/** How much of a registry's time and bytes is accepted. Sizes in bytes, times in milliseconds. */
export interface OciLimits {
  readonly manifestBytes: number;
  /** The body of an error answer. */
  readonly errorBytes: number;
  /** The answer of a token server. */
  readonly tokenBytes: number;
  /** A layer as it is stored (compressed). */
  readonly layerBytes: number;
  /** A layer after decompression; Istio's agent stops at the same size. */
  readonly unpackedBytes: number;
  /** A blob up to this size is uploaded by one request; a larger one in chunks that can be resumed. */
  readonly wholeUploadBytes: number;
  /** The most bytes that one chunk of an upload has. */
  readonly chunkBytes: number;
  /** The most pages that are read of a list. */
  readonly pages: number;
  /** The most entries that are read of a list. */
  readonly listEntries: number;
  readonly redirects: number;
  readonly connectMs: number;
  /** From the end of the request to the headers of the answer. */
  readonly headersMs: number;
  /** Between two chunks of a body. */
  readonly bodyIdleMs: number;
  /** One request and answer of a small body, whole. */
  readonly requestMs: number;
  /** One upload or download of a blob, whole. */
  readonly blobMs: number;
  readonly credentialHelperMs: number;
  /** How often an idempotent request is sent at most. */
  readonly attempts: number;
  /** The first delay before a retry; it doubles. */
  readonly retryBaseMs: number;
  /** The longest delay before a retry, also when the registry asks for more. */
  readonly retryMaxMs: number;
}

const MiB = 1024 * 1024;

/** The limits when nothing else is said. */
export const defaultLimits: OciLimits = {
  manifestBytes: 4 * MiB,
  errorBytes: 64 * 1024,
  tokenBytes: 256 * 1024,
  layerBytes: 256 * MiB,
  unpackedBytes: 256 * MiB,
  wholeUploadBytes: 4 * MiB,
  chunkBytes: 64 * MiB,
  pages: 1000,
  listEntries: 100_000,
  redirects: 5,
  connectMs: 10_000,
  headersMs: 30_000,
  bodyIdleMs: 30_000,
  requestMs: 60_000,
  blobMs: 600_000,
  credentialHelperMs: 15_000,
  attempts: 4,
  retryBaseMs: 250,
  retryMaxMs: 20_000,
};
