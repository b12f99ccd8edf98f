import { canonicalJson } from '@wasmcast/core';
import type { JsonObject, Sha256 } from '@wasmcast/core';
import { OciError } from '../errors.ts';
import { formatDigest } from '../reference/digest.ts';
import { sha256 } from '../remote/manifests.ts';
import type { RawManifest } from '../remote/manifests.ts';
import { mediaTypes } from '../remote/media-types.ts';
import { gzipOf } from './gzip.ts';
import { moduleFile } from './layout.ts';
import { tarOf } from './tar-writer.ts';

/** A part of an image with its bytes. */
export interface Blob {
  readonly digest: Sha256;
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** An image that can be pushed: everything in it follows from the module and the annotations. */
export interface WasmImage {
  readonly manifest: RawManifest;
  readonly config: Blob;
  readonly layer: Blob;
  readonly moduleDigest: Sha256;
}

/** The annotation in which an image says which module it holds. A hint: the digest of the bytes is what counts. */
export const moduleAnnotation = 'dev.wasmcast.module.sha256';

/**
 * Makes the image that every Istio reads: one manifest, no index, an ordinary config, one tar+gzip layer with
 * `plugin.wasm`. There is no time in it and no machine: equal modules and annotations give an equal digest.
 * @throws OciError `annotation`
 */
export function buildImage(wasm: Uint8Array, annotations: Readonly<Record<string, string>> = {}): WasmImage {
  const moduleDigest = sha256(wasm);
  const tar = tarOf(moduleFile, wasm);
  const layer = blob(gzipOf(tar));
  const config = blobOf({
    // Wasm has no platform; this is the one that proxies and container tools look for.
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [formatDigest(sha256(tar))] },
  });
  checkAnnotations(annotations);
  const manifest = blobOf({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: descriptor(mediaTypes.ociConfig, config),
    layers: [descriptor(mediaTypes.ociLayer, layer)],
    annotations: { ...annotations, [moduleAnnotation]: moduleDigest },
  });
  return {
    manifest: { digest: manifest.digest, mediaType: mediaTypes.ociManifest, bytes: manifest.bytes },
    config,
    layer,
    moduleDigest,
  };
}

function checkAnnotations(annotations: Readonly<Record<string, string>>): void {
  const control = /\p{Cc}/u;
  for (const [key, value] of Object.entries(annotations)) {
    if (key === '' || control.test(key) || control.test(value)) {
      throw new OciError('annotation', `the annotation ${JSON.stringify(key)} is malformed`);
    }
    if (key === moduleAnnotation)
      throw new OciError('annotation', `the annotation ${key} is written by wasmcast itself`);
  }
}

function blob(bytes: Uint8Array): Blob {
  return { digest: sha256(bytes), size: bytes.length, bytes };
}

function blobOf(document: JsonObject): Blob {
  return blob(Buffer.from(canonicalJson(document)));
}

function descriptor(mediaType: string, part: Blob): JsonObject {
  return { mediaType, digest: formatDigest(part.digest), size: part.size };
}
