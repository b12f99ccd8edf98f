import { canonicalJson } from '@wasmcast/core';
import type { JsonObject, Sha256 } from '@wasmcast/core';
import { OciError } from '../errors.ts';
import { parseManifest } from '../image/manifest.ts';
import type { IndexEntry } from '../image/manifest.ts';
import { formatDigest } from '../reference/digest.ts';
import type { ImageReference } from '../reference/reference.ts';
import { readBody } from '../transport/body.ts';
import { isNotFound, pullManifest, pushManifest, sha256 } from './manifests.ts';
import type { RawManifest } from './manifests.ts';
import { mediaTypes } from './media-types.ts';
import type { RegistrySession } from './session.ts';

/** A manifest that is about another one: a signature, an SBOM, a README. */
export type Referrer = Pick<IndexEntry, 'mediaType' | 'digest' | 'size' | 'artifactType' | 'annotations'>;

type Place = Pick<ImageReference, 'registry' | 'repository'>;

/**
 * What refers to a manifest: by the referrers API, or, where the registry has none, by the tag `sha256-<hex>`
 * (distribution-spec 1.1, "Listing Referrers"). `artifactType` keeps only those of that type.
 */
export async function listReferrers(
  session: RegistrySession,
  place: Place,
  subject: Sha256,
  artifactType?: string,
): Promise<readonly Referrer[]> {
  const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  const what = `cannot list what refers to sha256:${subject}`;
  const request = {
    method: 'GET',
    target: `referrers/${formatDigest(subject)}${query}`,
    what,
    expect: [200, 404, 405],
    headers: { accept: mediaTypes.ociIndex },
    idempotent: true,
  } as const;
  const bytes = await session.call(request, async (response) =>
    response.status === 200 ? readBody(response, session.limits.manifestBytes, session.signal) : undefined,
  );
  const entries = bytes === undefined ? await tagged(session, place, subject) : entriesOf(bytes, what);
  return entries.filter((entry) => artifactType === undefined || entry.artifactType === artifactType);
}

/** Stores a manifest that has a `subject`, and sees to it that {@link listReferrers} finds it. */
export async function pushReferrer(
  session: RegistrySession,
  place: Place,
  manifest: RawManifest,
): Promise<void> {
  const parsed = parseManifest(manifest.bytes, manifest.mediaType);
  if (parsed.kind !== 'image' || parsed.subject === undefined)
    throw new TypeError('a referrer has a subject');
  const { registry, repository } = place;
  const { subjectNoted } = await pushManifest(session, { registry, repository }, manifest);
  if (subjectNoted) return;
  const subject = parsed.subject.digest;
  const before = (await tagged(session, place, subject)).filter((entry) => entry.digest !== manifest.digest);
  const entry: Referrer = {
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.length,
    artifactType: parsed.artifactType ?? parsed.config?.mediaType,
    annotations: parsed.annotations,
  };
  const bytes = Buffer.from(canonicalJson(indexOf([...before, entry])));
  const index = { digest: sha256(bytes), mediaType: mediaTypes.ociIndex, bytes };
  await pushManifest(
    session,
    { registry: place.registry, repository: place.repository, tag: fallbackTag(subject) },
    index,
  );
}

/** The tag under which a registry without the API keeps the list. */
export function fallbackTag(subject: Sha256): string {
  return `sha256-${subject}`;
}

async function tagged(session: RegistrySession, place: Place, subject: Sha256): Promise<readonly Referrer[]> {
  try {
    const { bytes, mediaType } = await pullManifest(session, {
      registry: place.registry,
      repository: place.repository,
      tag: fallbackTag(subject),
    });
    return entriesOf(bytes, `cannot list what refers to sha256:${subject}`, mediaType);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

function entriesOf(
  bytes: Uint8Array,
  what: string,
  mediaType: string = mediaTypes.ociIndex,
): readonly Referrer[] {
  const parsed = parseManifest(bytes, mediaType);
  if (parsed.kind !== 'index') throw new OciError('malformed', `${what}: the answer is not a list`);
  return parsed.manifests;
}

function indexOf(entries: readonly Referrer[]): JsonObject {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: entries.map(({ mediaType, digest, size, artifactType, annotations }) => ({
      mediaType,
      digest: formatDigest(digest),
      size,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    })),
  };
}
