import type { Sha256 } from '@wasmcast/core';
import { OciError } from '../errors.ts';
import { parseManifest } from '../image/manifest.ts';
import type { OciOptions } from '../options.ts';
import type { RawManifest } from '../remote/manifests.ts';
import type { ImageStore } from '../store/image-store.ts';
import { keyOf, openStore } from '../store/locations.ts';
import type { ImageLocation } from '../store/locations.ts';

/** What was copied. */
export interface CopiedImage {
  /** Of the manifest, or the index, that the location names: the same on both sides. */
  readonly digest: Sha256;
  /** Manifests that were copied, those of platforms and referrers included. */
  readonly manifests: number;
}

/** How deep an index may hold indexes, and referrers refer to referrers. */
const deepest = 4;

/**
 * Copies an image, byte for byte, with its digests: an index with all its platforms, and with `referrers` also what
 * refers to it (signatures, SBOMs) and cosign's tags `sha256-….sig` and `.att`. Parts that are there already are not sent again.
 * @throws OciError
 */
export async function copyImage(
  from: ImageLocation,
  to: ImageLocation,
  options: OciOptions & { readonly referrers?: boolean } = {},
): Promise<CopiedImage> {
  const same =
    from.kind === 'registry' && to.kind === 'registry' && from.reference.registry === to.reference.registry;
  await using source = await openStore(from, 'read', options);
  await using sink = await openStore(to, 'write', options, same ? [from.reference.repository] : []);
  const root = await source.manifest(keyOf(from));
  const wanted = keyOf(to);
  if ('digest' in wanted && wanted.digest !== root.digest) {
    throw new OciError('reference', `the image is sha256:${root.digest}, not sha256:${wanted.digest}`, {
      help: 'copy to a tag',
    });
  }
  const done = new Set<Sha256>();
  await copyTree(source, sink, root, 'tag' in wanted ? wanted.tag : undefined, done, 0);
  if (options.referrers === true) {
    // The set grows meanwhile; what is added has had its own referrers copied.
    const copied = Array.from(done);
    for (const digest of copied) await copyReferrers(source, sink, digest, done, 0);
  }
  await sink.finish();
  return { digest: root.digest, manifests: done.size };
}

async function copyTree(
  source: ImageStore,
  sink: ImageStore,
  manifest: RawManifest,
  tag: string | undefined,
  done: Set<Sha256>,
  depth: number,
): Promise<void> {
  if (depth > deepest) throw new OciError('malformed', `${source.name}: indexes hold indexes too deep`);
  const parsed = parseManifest(manifest.bytes, manifest.mediaType);
  if (parsed.kind === 'index') {
    for (const { digest } of parsed.manifests) {
      if (done.has(digest)) continue;
      await copyTree(source, sink, await source.manifest({ digest }), undefined, done, depth + 1);
    }
  } else {
    const parts = [...(parsed.config === undefined ? [] : [parsed.config]), ...parsed.layers];
    for (const part of new Map(parts.map((each) => [each.digest, each])).values()) {
      if (await sink.hasBlob(part)) continue;
      const { digest, size } = part;
      await sink.putBlob({ digest, size, bytes: await source.blob(part) });
    }
  }
  await sink.putManifest(manifest, tag);
  done.add(manifest.digest);
}

async function copyReferrers(
  source: ImageStore,
  sink: ImageStore,
  subject: Sha256,
  done: Set<Sha256>,
  depth: number,
): Promise<void> {
  for (const kind of ['sig', 'att']) {
    const tag = `sha256-${subject}.${kind}`;
    const tagged = await source.manifest({ tag }).catch((error: unknown) => {
      if (error instanceof OciError && error.kind === 'notFound') return undefined;
      throw error;
    });
    if (tagged !== undefined) await copyTree(source, sink, tagged, tag, done, 0);
  }
  if (depth === deepest) return;
  for (const { digest } of await source.referrers(subject)) {
    if (done.has(digest)) continue;
    await copyTree(source, sink, await source.manifest({ digest }), undefined, done, 0);
    await copyReferrers(source, sink, digest, done, depth + 1);
  }
}
