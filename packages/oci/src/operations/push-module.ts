import type { Sha256 } from '@wasmcast/core';
import { OciError } from '../errors.ts';
import { imageOf } from '../image/build.ts';
import type { BuildImageOptions } from '../image/build.ts';
import { requireWasm } from '../image/layout.ts';
import type { OciOptions } from '../options.ts';
import { formatReference, parseReference, pinnedReference } from '../reference/reference.ts';
import { pushBlob } from '../remote/blob-upload.ts';
import { headManifest, pushManifest } from '../remote/manifests.ts';
import { RegistrySession } from '../remote/session.ts';

/** A pushed image. */
export interface PushedModule {
  /** `registry/repository@sha256:…`: what to pin. */
  readonly image: string;
  readonly imageDigest: Sha256;
  readonly moduleDigest: Sha256;
}

/**
 * Pushes a module as an image that Istio reads, by default one that every Istio does. Pushing it again uploads nothing,
 * and a layer that a repository of `mountFrom` (same registry) has is taken from there. A reference without a tag is
 * `latest`; one with a digest is refused unless it is the digest of what would be pushed.
 * @throws OciError
 */
export async function pushModule(
  reference: string,
  wasm: Uint8Array,
  options: OciOptions & BuildImageOptions & { readonly mountFrom?: readonly string[] } = {},
): Promise<PushedModule> {
  const ref = parseReference(reference);
  requireWasm(wasm, 'what shall be pushed');
  const image = imageOf(wasm, options);
  using stack = new DisposableStack();
  if (!(image.layer.bytes instanceof Uint8Array)) stack.use(image.layer.bytes);
  const imageDigest = image.manifest.digest;
  if (ref.digest !== undefined && ref.digest !== imageDigest) {
    throw new OciError(
      'reference',
      `${formatReference(ref)} names a digest, but the image is sha256:${imageDigest}`,
      {
        help: 'push to a tag',
      },
    );
  }
  const target = ref.digest === undefined ? { ...ref, tag: ref.tag ?? 'latest' } : ref;
  await using session = new RegistrySession(target, 'pull,push', options, options.mountFrom);
  const { digest: _, ...byTag } = target;
  if ((await headManifest(session, target.tag === undefined ? target : byTag)) === imageDigest) {
    session.emit({ kind: 'manifest-present', digest: imageDigest });
  } else {
    await pushBlob(session, image.config, options.mountFrom);
    await pushBlob(session, image.layer, options.mountFrom);
    await pushManifest(session, target, image.manifest);
  }
  return { image: pinnedReference(ref, imageDigest), imageDigest, moduleDigest: image.moduleDigest };
}
