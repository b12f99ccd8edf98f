import type { KeyObject } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';
import { blobOf, descriptorOf, jsonBlob, manifestOf } from '../image/documents.ts';
import { parseManifest, toAnnotations } from '../image/manifest.ts';
import type { Descriptor } from '../image/manifest.ts';
import { formatDigest } from '../reference/digest.ts';
import type { ImageReference } from '../reference/reference.ts';
import { pushBlob } from '../remote/blob-upload.ts';
import { isNotFound, pullManifest, pushManifest } from '../remote/manifests.ts';
import { mediaTypes } from '../remote/media-types.ts';
import type { RegistrySession } from '../remote/session.ts';
import { signBytes, signingPayload, simpleSigningType } from './simple-signing.ts';

/** Where a signature is kept: in the tag `sha256-<hex>.sig`, which every cosign reads, or as a referrer, as cosign 3 does. */
export type SignatureForm = 'tag' | 'bundle';

const signatureAnnotation = 'dev.cosignproject.cosign/signature';

/** What cosign's tags hold of an image: signatures, and attestations. */
export type TagKind = 'sig' | 'att';

/** A layer of such a tag's manifest: what is signed, and in its annotations by whom. */
export type TagLayer = Descriptor & { readonly annotations: Readonly<Record<string, string>> };

/** The layers of the manifest that is tagged `sha256-<hex>.sig`, or `.att`. */
export async function tagLayers(
  session: RegistrySession,
  place: ImageReference,
  digest: Sha256,
  kind: TagKind,
): Promise<readonly TagLayer[]> {
  try {
    const { bytes, mediaType } = await pullManifest(session, cosignTag(place, digest, kind));
    const parsed = parseManifest(bytes, mediaType);
    if (parsed.kind !== 'image') return [];
    const document = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      readonly layers: readonly { readonly annotations?: unknown }[];
    };
    return parsed.layers.map((layer, index) => ({
      ...layer,
      annotations: toAnnotations(document.layers[index]?.annotations),
    }));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** The signature that a layer carries. */
export function signatureOf({ annotations }: TagLayer): string {
  return annotations[signatureAnnotation] ?? '';
}

/** One manifest holds all signatures of an image: the new one is a layer behind the others. */
export async function addToTag(
  session: RegistrySession,
  place: ImageReference,
  digest: Sha256,
  key: KeyObject,
): Promise<void> {
  const before = await tagLayers(session, place, digest, 'sig');
  const bytes = signingPayload(`${place.registry}/${place.repository}`, digest);
  const payload = blobOf(bytes);
  const annotations = { [signatureAnnotation]: signBytes(bytes, key) };
  const added: TagLayer = { ...payload, mediaType: simpleSigningType, annotations };
  const layers = [...before, added];
  const config = jsonBlob({
    architecture: '',
    os: '',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => formatDigest(layer.digest)) },
  });
  const manifest = manifestOf({
    config: descriptorOf(mediaTypes.ociConfig, config),
    layers: layers.map((layer) => ({
      ...descriptorOf(layer.mediaType, layer),
      // What vouches for the signature of another stays with it.
      annotations: layer.annotations,
    })),
  });
  for (const blob of [payload, config]) await pushBlob(session, blob);
  await pushManifest(session, cosignTag(place, digest, 'sig'), manifest);
}

function cosignTag({ registry, repository }: ImageReference, digest: Sha256, kind: TagKind): ImageReference {
  return { registry, repository, tag: `sha256-${digest}.${kind}` };
}
