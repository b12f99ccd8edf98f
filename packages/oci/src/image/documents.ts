import { canonicalJson } from '@wasmcast/core';
import type { JsonObject, Sha256 } from '@wasmcast/core';
import { formatDigest } from '../reference/digest.ts';
import { sha256 } from '../remote/manifests.ts';
import type { RawManifest } from '../remote/manifests.ts';
import { mediaTypes } from '../remote/media-types.ts';

/** A part of an image with its bytes. */
export interface Blob {
  readonly digest: Sha256;
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** Bytes with their identity. */
export function blobOf(bytes: Uint8Array): Blob {
  return { digest: sha256(bytes), size: bytes.length, bytes };
}

/** A document whose bytes follow from what it says. */
export function jsonBlob(document: JsonObject): Blob {
  return blobOf(Buffer.from(canonicalJson(document)));
}

/** How a manifest names a part. */
export function descriptorOf(mediaType: string, part: Pick<Blob, 'digest' | 'size'>): JsonObject {
  return { mediaType, digest: formatDigest(part.digest), size: part.size };
}

/** A manifest made of these members; OCI's unless another media type is given. */
export function manifestOf(members: JsonObject, mediaType: string = mediaTypes.ociManifest): RawManifest {
  const { digest, bytes } = jsonBlob({ schemaVersion: 2, mediaType, ...members });
  return { digest, mediaType, bytes };
}
