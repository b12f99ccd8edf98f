import type { Sha256 } from '@wasmcast/core';
import { OciError } from './errors.ts';
import { buildImage } from './image/build.ts';
import type { BuildImageOptions } from './image/build.ts';
import { requireWasm } from './image/layout.ts';
import type { WasmLayout } from './image/layout.ts';
import { platformImage, readImage } from './operations/read-image.ts';
import type { ReadImage } from './operations/read-image.ts';
import type { OciOptions } from './options.ts';
import { formatReference, parseReference, pinnedReference } from './reference/reference.ts';
import { pushBlob } from './remote/blob-upload.ts';
import { headManifest, pushManifest, resolve } from './remote/manifests.ts';
import { RegistrySession } from './remote/session.ts';

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
  const image = buildImage(wasm, options);
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

/** A module out of a registry. */
export interface PulledModule {
  readonly wasm: Uint8Array;
  readonly moduleDigest: Sha256;
  readonly imageDigest: Sha256;
  readonly layout: WasmLayout;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Pulls the module that Istio's agent would run: the manifest and its layer, two requests for a digest. @throws OciError */
export async function pullModule(reference: string, options: OciOptions = {}): Promise<PulledModule> {
  return moduleOf(await readImage(reference, options));
}

/** The module of an image that was read. @throws OciError `layout`, `archive`, … for one that no proxy could use */
export function moduleOf({ facts, wasm, parsed }: ReadImage): PulledModule {
  const { module, imageDigest } = facts;
  if (module.kind === 'refused') throw new OciError(module.reason, module.message);
  if (wasm === undefined) throw new TypeError('a module that was taken has bytes');
  return {
    wasm,
    moduleDigest: module.digest,
    imageDigest,
    layout: module.layout,
    annotations: parsed.annotations,
  };
}

/** The digest that a tag has now (of an index or an image), by one HEAD; `undefined` if it is not there or not told. @throws OciError */
export async function tagDigest(reference: string, options: OciOptions = {}): Promise<Sha256 | undefined> {
  const { registry, repository, tag } = parseReference(reference);
  await using session = new RegistrySession({ registry, repository }, 'pull', options);
  return await headManifest(session, { registry, repository, tag: tag ?? 'latest' });
}
