/** What a user of the strict registry may do in the repositories whose names begin so (`''`: all). */
export interface StrictUser {
  readonly password: string;
  readonly rights: Readonly<Record<string, readonly StrictAction[]>>;
}

/** An action of a token's scope. */
export type StrictAction = 'pull' | 'push' | 'delete' | '*';

/** How a strict registry behaves; by default it is open to all and never fails. */
export interface StrictOptions {
  /** Asks for a bearer token that its own token server gives to these users; nobody else gets anything. */
  readonly users?: Readonly<Record<string, StrictUser>>;
  /** A token is good for so many requests, then it is answered 401. */
  readonly tokenUses?: number;
  /** Serves the referrers API (distribution-spec 1.1). Default: true. */
  readonly referrers?: boolean;
  /** The most entries that one page of a list holds. Default: 100. */
  readonly pageSize?: number;
  /** The least bytes of a chunk that is not the last one (`OCI-Chunk-Min-Length`). */
  readonly minChunk?: number;
  /** The most bytes that one request may carry, as of a proxy in front of it: 413 above. */
  readonly largestBody?: number;
  /** Answers 429 to so many requests, each after one that is served, and asks to wait `retryAfter` seconds. */
  readonly rateLimit?: { readonly times: number; readonly retryAfter: number };
  /** Breaks the connection of so many uploads once a request has brought so many bytes, and keeps those. */
  readonly cutUploads?: { readonly times: number; readonly afterBytes: number };
  /** Breaks the connection of so many blob downloads after it has sent so many bytes. */
  readonly cutDownloads?: { readonly times: number; readonly afterBytes: number };
}
