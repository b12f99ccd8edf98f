import type { Sha256 } from '@wasmcast/core';
import type { Blob } from '../image/documents.ts';
import type { BlobDescriptor } from '../remote/blob-download.ts';
import type { RawManifest } from '../remote/manifests.ts';
import type { Referrer } from '../remote/referrers.ts';

/** A manifest by its tag or its digest. */
export type ManifestKey = { readonly tag: string } | { readonly digest: Sha256 };

/** Where the manifests and blobs of one repository are: in a registry, in a folder, in an archive. */
export interface ImageStore extends AsyncDisposable {
  /** For messages: `registry.example/team/filter`, a path. */
  readonly name: string;
  /** @throws OciError `notFound`, `digestMismatch`, … */
  manifest(key: ManifestKey): Promise<RawManifest>;
  /** The bytes of a blob, hashed and found right. @throws OciError */
  blob(blob: BlobDescriptor): Promise<Uint8Array>;
  hasBlob(blob: BlobDescriptor): Promise<boolean>;
  putBlob(blob: Blob): Promise<void>;
  /** Stores a manifest whose parts are there, under a tag if one is given. */
  putManifest(manifest: RawManifest, tag: string | undefined): Promise<void>;
  referrers(subject: Sha256): Promise<readonly Referrer[]>;
  /** What was put is there to stay; a store that is disposed without this may forget it. */
  finish(): Promise<void>;
}
