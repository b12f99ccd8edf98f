import type { Sha256 } from '@wasmcast/core';
import type { ImageFacts } from '../agent/image-facts.ts';
import { OciError } from '../errors.ts';
import type { OciErrorKind } from '../errors.ts';
import { chooseLayer, choosePlatform, extractModule, requireWasm } from '../image/layout.ts';
import { parseManifest } from '../image/manifest.ts';
import type { ParsedManifest } from '../image/manifest.ts';
import type { OciOptions } from '../options.ts';
import { formatReference, parseReference } from '../reference/reference.ts';
import type { ImageReference } from '../reference/reference.ts';
import { pullBlob } from '../remote/blob-download.ts';
import { pullManifest, sha256 } from '../remote/manifests.ts';
import type { RawManifest } from '../remote/manifests.ts';
import { RegistrySession } from '../remote/session.ts';

/** An image as Istio's agent would see it, and its module if the agent would get one. */
export interface ReadImage {
  readonly facts: ImageFacts;
  readonly manifest: RawManifest;
  readonly parsed: ParsedManifest & { readonly kind: 'image' };
  /** Present if `facts.module` is `taken`. */
  readonly wasm: Uint8Array | undefined;
}

/** What is wrong with an image, not with the way to it: the agent would find the same. */
const faultsOfImages: readonly OciErrorKind[] = ['layout', 'archive', 'notWasm', 'tooLarge'];

/**
 * Resolves, pulls and unpacks as the agent does: two requests for an image by digest. An image that the agent could not
 * use is a finding, not a failure. @throws OciError for what keeps us from looking: `notFound`, `unauthorized`, `platform`, …
 */
export async function readImage(reference: string, options: OciOptions = {}): Promise<ReadImage> {
  const ref = parseReference(reference);
  await using session = new RegistrySession(ref, 'pull', options);
  const { raw, image, indexDigest } = await platformImage(session, ref, await pullManifest(session, ref));
  const found = await takeModule(session, ref, image);
  const { credentials, realms } = session.access;
  return {
    manifest: raw,
    parsed: image,
    wasm: 'wasm' in found ? found.wasm : undefined,
    facts: {
      reference: ref,
      imageDigest: raw.digest,
      ...(indexDigest === undefined ? {} : { indexDigest }),
      layers: image.layers,
      module: found.finding,
      needsCredentials: credentials,
      realms,
    },
  };
}

async function takeModule(
  session: RegistrySession,
  ref: ImageReference,
  image: ReadImage['parsed'],
): Promise<{ readonly finding: ImageFacts['module']; readonly wasm?: Uint8Array }> {
  try {
    const { layout, layer } = chooseLayer(image);
    const wasm = await pullBlob(session, layer, (chunks) =>
      extractModule(layout, chunks, layer.size, session.limits.unpackedBytes),
    );
    requireWasm(wasm, `the module in ${formatReference(ref)}`);
    return { wasm, finding: { kind: 'taken', layout, digest: sha256(wasm), size: wasm.length } };
  } catch (error) {
    if (!(error instanceof OciError) || !faultsOfImages.includes(error.kind)) throw error;
    return { finding: { kind: 'refused', reason: error.kind, message: error.message } };
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
