import type { Sha256 } from '@wasmcast/core';
import type { ImageFacts } from '../agent/image-facts.ts';
import { OciError } from '../errors.ts';
import type { OciErrorKind } from '../errors.ts';
import { chooseLayer, choosePlatform, extractModule, requireWasm } from '../image/layout.ts';
import { inMemory } from '../image/module-taker.ts';
import type { ModuleTaker } from '../image/module-taker.ts';
import { parseManifest } from '../image/manifest.ts';
import type { ParsedManifest } from '../image/manifest.ts';
import type { OciOptions } from '../options.ts';
import { formatReference, parseReference } from '../reference/reference.ts';
import type { ImageReference } from '../reference/reference.ts';
import { pullBlob } from '../remote/blob-download.ts';
import { pullManifest } from '../remote/manifests.ts';
import type { RawManifest } from '../remote/manifests.ts';
import { RegistrySession } from '../remote/session.ts';
import { Watched } from './watched.ts';

/** An image as Istio's agent would see it, and what was made of its module if the agent would get one. */
export interface ReadImage<T extends object = Uint8Array> {
  readonly facts: ImageFacts;
  readonly manifest: RawManifest;
  readonly parsed: ParsedManifest & { readonly kind: 'image' };
  /** Present if `facts.module` is `taken`. */
  readonly taken: T | undefined;
}

/** What is wrong with an image, not with the way to it: the agent would find the same. */
const faultsOfImages: readonly OciErrorKind[] = ['layout', 'archive', 'notWasm', 'tooLarge'];

/** {@link readImageInto} memory. */
export async function readImage(reference: string, options: OciOptions = {}): Promise<ReadImage> {
  return readImageInto(reference, inMemory, options);
}

/**
 * Resolves, pulls and unpacks as the agent does: two requests for an image by digest. The module goes to `take`, whose work counts
 * only once all of it was found right. An image that the agent could not use is a finding, not a failure.
 * @throws OciError for what keeps us from looking: `notFound`, `unauthorized`, `platform`, …
 */
export async function readImageInto<T extends object>(
  reference: string,
  take: ModuleTaker<T>,
  options: OciOptions = {},
): Promise<ReadImage<T>> {
  const ref = parseReference(reference);
  await using session = new RegistrySession(ref, 'pull', options);
  const { raw, image, indexDigest } = await platformImage(session, ref, await pullManifest(session, ref));
  const { finding, taken } = await takeModule(session, ref, image, take);
  const { credentials, realms } = session.access;
  return {
    manifest: raw,
    parsed: image,
    taken,
    facts: {
      reference: ref,
      imageDigest: raw.digest,
      ...(indexDigest === undefined ? {} : { indexDigest }),
      layers: image.layers,
      module: finding,
      needsCredentials: credentials,
      realms,
    },
  };
}

async function takeModule<T extends object>(
  session: RegistrySession,
  ref: ImageReference,
  image: ReadImage['parsed'],
  take: ModuleTaker<T>,
): Promise<{ readonly finding: ImageFacts['module']; readonly taken: T | undefined }> {
  try {
    const { layout, layer } = chooseLayer(image);
    const { taken, seen } = await pullBlob(session, layer, (chunks) =>
      extractModule(layout, chunks, layer.size, session.limits.unpackedBytes, async (bytes, size) => {
        const watched = new Watched(bytes);
        return { taken: await take(watched, size), seen: watched };
      }),
    );
    requireWasm(seen.start, `the module in ${formatReference(ref)}`);
    return { taken, finding: { kind: 'taken', layout, digest: seen.digest(), size: seen.size } };
  } catch (error) {
    if (!(error instanceof OciError) || !faultsOfImages.includes(error.kind)) throw error;
    return { finding: { kind: 'refused', reason: error.kind, message: error.message }, taken: undefined };
  }
}

/** Follows an index to the image of the proxies' platform. @throws OciError `platform`, `layout` */
export async function platformImage(
  session: RegistrySession,
  ref: ImageReference,
  raw: RawManifest,
): Promise<{
  readonly raw: RawManifest;
  readonly image: ReadImage['parsed'];
  readonly indexDigest?: Sha256;
}> {
  const manifest = parseManifest(raw.bytes, raw.mediaType);
  if (manifest.kind === 'image') return { raw, image: manifest };
  const { digest } = choosePlatform(manifest.manifests);
  const inner = await pullManifest(session, { registry: ref.registry, repository: ref.repository, digest });
  const image = parseManifest(inner.bytes, inner.mediaType);
  if (image.kind === 'index') throw new OciError('layout', 'an index within an index is not followed');
  return { raw: inner, image, indexDigest: raw.digest };
}
