import type { KeyObject } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';
import { blobOf, descriptorOf, jsonBlob, manifestOf } from '../image/documents.ts';
import { parseManifest } from '../image/manifest.ts';
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

/** A layer of the manifest of signatures, with the one that it carries. */
export type SignatureLayer = Descriptor & { readonly signature: string };

/** The layers of the manifest that is tagged `sha256-<hex>.sig`. */
export async function signatureLayers(
  session: RegistrySession,
  place: ImageReference,
  digest: Sha256,
): Promise<readonly SignatureLayer[]> {
  try {
    const { bytes, mediaType } = await pullManifest(session, signatureTag(place, digest));
    const parsed = parseManifest(bytes, mediaType);
    if (parsed.kind !== 'image') return [];
    const document = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      readonly layers: readonly { readonly annotations?: Readonly<Record<string, unknown>> | null }[];
    };
    return parsed.layers.map((layer, index) => {
      const signature = document.layers[index]?.annotations?.[signatureAnnotation];
      return { ...layer, signature: typeof signature === 'string' ? signature : '' };
    });
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** One manifest holds all signatures of an image: the new one is a layer behind the others. */
export async function addToTag(
  session: RegistrySession,
  place: ImageReference,
  digest: Sha256,
  key: KeyObject,
): Promise<void> {
  const before = await signatureLayers(session, place, digest);
  const bytes = signingPayload(`${place.registry}/${place.repository}`, digest);
  const payload = blobOf(bytes);
  const added = { ...payload, mediaType: simpleSigningType, signature: signBytes(bytes, key) };
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
      annotations: { [signatureAnnotation]: layer.signature },
    })),
  });
  for (const blob of [payload, config]) await pushBlob(session, blob);
  await pushManifest(session, signatureTag(place, digest), manifest);
}

function signatureTag({ registry, repository }: ImageReference, digest: Sha256): ImageReference {
  return { registry, repository, tag: `sha256-${digest}.sig` };
}
