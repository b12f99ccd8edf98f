import type { Sha256 } from '@wasmcast/core';

/** What was pulled before, by its digest. It is a convenience: none of its failures is one of the pull. */
export interface BlobCache {
  /** The bytes as they lie there, to be hashed by whoever reads them; undefined if there are none. */
  read(digest: Sha256): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Begins to take in `size` bytes; undefined if they are not wanted. */
  write(digest: Sha256, size: number): Promise<CacheWriter | undefined>;
  /** Forgets what turned out to be something else. */
  drop(digest: Sha256): Promise<void>;
}

/** Bytes on their way into the cache; nobody sees them before they are kept. */
export interface CacheWriter {
  add(chunk: Uint8Array): Promise<void>;
  /** The bytes are what they are called. */
  keep(): Promise<void>;
  /** They are not, or not all of them came. Does nothing after `keep`. */
  discard(): Promise<void>;
}
