import type { Sha256 } from '@wasmcast/core';
import type { OciOptions } from '../options.ts';
import { parseReference, pinnedReference } from '../reference/reference.ts';
import { headManifest, resolve } from '../remote/manifests.ts';
import { RegistrySession } from '../remote/session.ts';
import { platformImage } from './read-image.ts';

/** What a reference means to a proxy. */
export interface ResolvedImage {
  /** `registry/repository@sha256:…` of the manifest that a proxy ends at: what to pin, never an index. */
  readonly reference: string;
  readonly imageDigest: Sha256;
  readonly mediaType: string;
  /** Bytes of the manifest. */
  readonly size: number;
  /** `index` if the reference led through an index to its linux/amd64 image. */
  readonly kind: 'manifest' | 'index';
  /** The digest of that index. An agent compares with the image behind it, so pinning this one fails. */
  readonly indexDigest?: Sha256;
}

/** Finds the manifest that Istio's agent would end at. @throws OciError */
export async function resolveImage(reference: string, options: OciOptions = {}): Promise<ResolvedImage> {
  const ref = parseReference(reference);
  await using session = new RegistrySession(ref, 'pull', options);
  const { raw, indexDigest } = await platformImage(session, ref, await resolve(session, ref));
  return {
    reference: pinnedReference(ref, raw.digest),
    imageDigest: raw.digest,
    mediaType: raw.mediaType,
    size: raw.bytes.length,
    kind: indexDigest === undefined ? 'manifest' : 'index',
    ...(indexDigest === undefined ? {} : { indexDigest }),
  };
}

/** The digest that a tag has now (of an index or an image), by one HEAD; `undefined` if it is not there or not told. @throws OciError */
export async function tagDigest(reference: string, options: OciOptions = {}): Promise<Sha256 | undefined> {
  const { registry, repository, tag } = parseReference(reference);
  await using session = new RegistrySession({ registry, repository }, 'pull', options);
  return await headManifest(session, { registry, repository, tag: tag ?? 'latest' });
}
