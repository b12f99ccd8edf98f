import type { Sha256 } from '@wasmcast/core';
import { blobOf, descriptorOf, manifestOf } from '../image/documents.ts';
import { checkAnnotations } from '../image/metadata.ts';
import type { OciOptions } from '../options.ts';
import { parseReference } from '../reference/reference.ts';
import type { ImageReference } from '../reference/reference.ts';
import { pushBlob } from '../remote/blob-upload.ts';
import { pullManifest } from '../remote/manifests.ts';
import type { RawManifest } from '../remote/manifests.ts';
import { pushReferrer } from '../remote/referrers.ts';
import { RegistrySession } from '../remote/session.ts';

/** A document about an image: a README, an SBOM, a signature. */
export interface Attachment {
  /** What it is, e.g. `text/markdown` or `application/spdx+json`; the referrer's artifactType and the media type of the bytes. */
  readonly artifactType: string;
  readonly bytes: Uint8Array;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Attaches a document to an image as a referrer: the image and its digest stay as they are. @returns the referrer's digest. @throws OciError */
export async function attachFile(
  reference: string,
  attachment: Attachment,
  options: OciOptions = {},
): Promise<Sha256> {
  const ref = parseReference(reference);
  await using session = new RegistrySession(ref, 'pull,push', options);
  return await attachTo(session, ref, await pullManifest(session, ref), attachment);
}

/** As {@link attachFile}, in a conversation with the registry. */
export async function attachTo(
  session: RegistrySession,
  place: ImageReference,
  subject: RawManifest,
  { artifactType, bytes, annotations = {} }: Attachment,
): Promise<Sha256> {
  checkAnnotations(annotations);
  const layer = blobOf(bytes);
  // Image-spec, "Guidelines for Artifact Usage": an artifact without a config has this one.
  const config = blobOf(Buffer.from('{}'));
  const manifest = manifestOf({
    artifactType,
    config: descriptorOf('application/vnd.oci.empty.v1+json', config),
    layers: [descriptorOf(artifactType, layer)],
    subject: descriptorOf(subject.mediaType, { digest: subject.digest, size: subject.bytes.length }),
    annotations,
  });
  for (const blob of [layer, config]) await pushBlob(session, blob);
  await pushReferrer(session, place, manifest);
  return manifest.digest;
}
