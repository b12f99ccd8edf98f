import { createHash } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';
import { OciError, isOciError } from '../errors.ts';
import { ByteReader } from '../image/byte-reader.ts';
import { readBody } from '../transport/body.ts';
import { headerOf } from '../transport/transport.ts';
import type { HopResponse } from '../transport/transport.ts';
import { formatDigest, parseDigest } from '../reference/digest.ts';
import { formatReference, manifestKey } from '../reference/reference.ts';
import type { ImageReference } from '../reference/reference.ts';
import { isIndexType, manifestTypes } from './media-types.ts';
import type { RegistrySession } from './session.ts';

/** A manifest or an index as its bytes; `digest` is computed from them. */
export interface RawManifest {
  readonly digest: Sha256;
  /** What the registry says it is (Content-Type). */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** What a tag or a digest points to. */
export interface Resolved {
  readonly imageDigest: Sha256;
  readonly mediaType: string;
  /** Bytes of the manifest. */
  readonly size: number;
  readonly kind: 'manifest' | 'index';
}

const accept = manifestTypes.join(', ');

/** Gets a manifest: one request, or none for a digest that the cache has. @throws OciError `notFound`, `digestMismatch`, `tooLarge`, … */
export async function pullManifest(
  session: RegistrySession,
  reference: ImageReference,
): Promise<RawManifest> {
  const known = await cachedManifest(session, reference.digest);
  if (known !== undefined) return known;
  const what = `cannot pull ${formatReference(reference)}`;
  const request = {
    method: 'GET',
    target: manifestPath(reference),
    what,
    expect: [200],
    headers: { accept },
    idempotent: true,
  } as const;
  const manifest = await session.call(request, async (response) => {
    const bytes = await readBody(response, session.limits.manifestBytes, session.signal);
    const digest = sha256(bytes);
    if (reference.digest !== undefined && digest !== reference.digest) {
      throw new OciError('digestMismatch', `${what}: the registry sent sha256:${digest} instead`);
    }
    const claimed = claimedDigest(response);
    if (claimed !== undefined && claimed !== digest) {
      throw new OciError(
        'digestMismatch',
        `${what}: the registry calls it sha256:${claimed}, but it is sha256:${digest}`,
      );
    }
    return { digest, mediaType: mediaTypeOf(response), bytes };
  });
  await keepManifest(session, manifest);
  return manifest;
}

/** A manifest that the cache has; one that turns out to be something else is forgotten. */
async function cachedManifest(
  { manifestCache, limits }: RegistrySession,
  digest: Sha256 | undefined,
): Promise<RawManifest | undefined> {
  const chunks = digest && (await manifestCache?.read(digest));
  if (digest === undefined || chunks === undefined) return undefined;
  const bytes = await new ByteReader(chunks)
    .upTo(limits.manifestBytes, limits.manifestBytes)
    .catch(() => undefined);
  const mediaType = bytes !== undefined && sha256(bytes) === digest ? declaredType(bytes) : undefined;
  if (bytes !== undefined && mediaType !== undefined) return { digest, mediaType, bytes };
  await manifestCache?.drop(digest);
  return undefined;
}

/** Only what says itself what it is: the cache remembers no Content-Type. */
async function keepManifest(
  { manifestCache }: RegistrySession,
  { digest, mediaType, bytes }: RawManifest,
): Promise<void> {
  if (manifestCache === undefined || declaredType(bytes) !== mediaType) return;
  const writer = await manifestCache.write(digest, bytes.length);
  await writer?.add(bytes);
  await writer?.keep();
}

function declaredType(bytes: Uint8Array): string | undefined {
  try {
    const document = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      readonly mediaType?: unknown;
    } | null;
    return typeof document?.mediaType === 'string' ? document.mediaType : undefined;
  } catch {
    return undefined;
  }
}

/** Asks only for the digest of a manifest; nothing that is not verified later may rest on it. `undefined`: not there, or not told. */
export async function headManifest(
  session: RegistrySession,
  reference: ImageReference,
): Promise<Sha256 | undefined> {
  const what = `cannot look up ${formatReference(reference)}`;
  return session.call(
    // Some registries do not implement HEAD; then the GET says what there is to say.
    {
      method: 'HEAD',
      target: manifestPath(reference),
      what,
      expect: [200, 400, 404, 405, 501],
      headers: { accept },
      idempotent: true,
    },
    (response) => (response.status === 200 ? claimedDigest(response) : undefined),
  );
}

/** What a reference means now: HEAD for the digest of a tag, then the manifest of that digest, whose bytes are hashed. */
export async function resolve(
  session: RegistrySession,
  reference: ImageReference,
): Promise<Resolved & RawManifest> {
  const digest = reference.digest ?? (await headManifest(session, reference));
  const manifest = await pullManifest(session, digest === undefined ? reference : { ...reference, digest });
  return {
    ...manifest,
    imageDigest: manifest.digest,
    size: manifest.bytes.length,
    kind: isIndexType(manifest.mediaType) ? 'index' : 'manifest',
  };
}

/** Stores a manifest under the reference's tag, or under its digest. */
export async function pushManifest(
  session: RegistrySession,
  reference: ImageReference,
  manifest: RawManifest,
): Promise<{ readonly subjectNoted: boolean }> {
  const key = reference.tag ?? formatDigest(manifest.digest);
  const subjectNoted = await session.call(
    {
      method: 'PUT',
      target: `manifests/${key}`,
      what: `cannot push ${formatReference(reference)}`,
      expect: [201],
      headers: { 'content-type': manifest.mediaType },
      body: manifest.bytes,
      idempotent: true,
    },
    (response) => {
      const claimed = claimedDigest(response);
      // The registry has read the `subject` and will list this manifest among its referrers.
      if (claimed === undefined || claimed === manifest.digest)
        return headerOf(response, 'oci-subject') !== undefined;
      throw new OciError(
        'digestMismatch',
        `the registry stored sha256:${claimed} instead of sha256:${manifest.digest}`,
      );
    },
  );
  session.emit({ kind: 'manifest-pushed', digest: manifest.digest });
  return { subjectNoted };
}

/** Takes a tag off, or a manifest with all its tags away, where the registry allows it. @throws OciError `refusedByRegistry`, … */
export async function deleteManifest(session: RegistrySession, reference: ImageReference): Promise<void> {
  const what = `cannot delete ${formatReference(reference)}`;
  const target = manifestPath(reference);
  await session.call(
    { method: 'DELETE', target, what, expect: [200, 202], idempotent: true },
    () => undefined,
  );
}

/** True for the failure that says that a manifest, a repository or a blob is not there. */
export function isNotFound(error: unknown): boolean {
  return isOciError(error, 'notFound');
}

/** The sha256 of bytes. */
export function sha256(bytes: Uint8Array): Sha256 {
  return createHash('sha256').update(bytes).digest('hex') as Sha256;
}

function manifestPath(reference: ImageReference): string {
  return `manifests/${manifestKey(reference)}`;
}

function claimedDigest(response: HopResponse): Sha256 | undefined {
  const value = headerOf(response, 'docker-content-digest');
  // The registry may prefer another algorithm; we cannot compare that, and do not need it.
  if (value === undefined || /^sha512:[0-9a-f]{128}$/.test(value)) return undefined;
  const digest = parseDigest(value);
  if (digest === undefined)
    throw new OciError('malformed', `${response.place}: the header Docker-Content-Digest is malformed`);
  return digest;
}

function mediaTypeOf(response: HopResponse): string {
  const value = headerOf(response, 'content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!/^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/.test(value)) {
    throw new OciError('malformed', `${response.place}: the media type is missing or malformed`);
  }
  return value;
}
