import { canonicalJson } from '@wasmcast/core';
import type { JsonObject, Sha256 } from '@wasmcast/core';
import { OciError } from '../errors.ts';
import { defaultLimits } from '../limits.ts';
import { parseManifest } from '../image/manifest.ts';
import type { IndexEntry } from '../image/manifest.ts';
import { formatDigest } from '../reference/digest.ts';
import { sha256 } from '../remote/manifests.ts';
import { mediaTypes } from '../remote/media-types.ts';
import type { Referrer } from '../remote/referrers.ts';
import type { LayoutFiles } from './files.ts';
import type { ImageStore, ManifestKey } from './image-store.ts';

const tagAnnotation = 'org.opencontainers.image.ref.name';
const layoutFile = 'oci-layout';

/** An OCI image layout (image-spec, "image-layout.md") as a store; what it has already, and rightly, stays. @throws OciError `malformed` */
export async function layoutStore(files: LayoutFiles): Promise<ImageStore> {
  const { manifestBytes, layerBytes } = defaultLimits;
  let entries = await readIndex(files);
  const nameOf = (digest: Sha256): string => `blobs/sha256/${digest}`;

  const bytesOf = async (digest: Sha256, limit: number): Promise<Uint8Array> => {
    const bytes = await files.read(nameOf(digest), limit);
    if (bytes === undefined) throw new OciError('notFound', `${files.name} has no sha256:${digest}`);
    if (sha256(bytes) !== digest)
      throw new OciError(
        'digestMismatch',
        `${files.name}: the file of sha256:${digest} holds something else`,
      );
    return bytes;
  };

  /** A file of that name may be cut off, or somebody else's: what stands there counts by its bytes. */
  const holds = async (digest: Sha256, limit: number): Promise<boolean> => {
    try {
      await bytesOf(digest, limit);
      return true;
    } catch (error) {
      if (error instanceof OciError) return false;
      throw error;
    }
  };

  const entryOf = (key: ManifestKey): IndexEntry | undefined => {
    if ('digest' in key) return entries.find((entry) => entry.digest === key.digest);
    const tagged = entries.filter((entry) => entry.annotations[tagAnnotation] === key.tag);
    return tagged.at(-1);
  };

  return {
    name: files.name,
    async manifest(key) {
      const entry = entryOf(key);
      const digest = 'digest' in key ? key.digest : entry?.digest;
      if (digest === undefined)
        throw new OciError('notFound', `${files.name} has no image ${'tag' in key ? key.tag : ''}`);
      const bytes = await bytesOf(digest, manifestBytes);
      // What stands inside an index is not in the list: then the document itself says what it is.
      return { digest, bytes, mediaType: entry?.mediaType ?? declaredType(bytes) };
    },
    async blob({ digest, size }) {
      const bytes = await bytesOf(digest, layerBytes);
      if (bytes.length !== size)
        throw new OciError(
          'digestMismatch',
          `${files.name}: sha256:${digest} has ${bytes.length} bytes, not ${size}`,
        );
      return bytes;
    },
    hasBlob: ({ digest }) => holds(digest, layerBytes),
    async putBlob({ digest, bytes }) {
      if (!(await holds(digest, layerBytes))) await files.write(nameOf(digest), bytes);
    },
    async putManifest({ digest, mediaType, bytes }, tag) {
      if (!(await holds(digest, manifestBytes))) await files.write(nameOf(digest), bytes);
      const annotations: Readonly<Record<string, string>> = tag === undefined ? {} : { [tagAnnotation]: tag };
      const named = (entry: IndexEntry): string | undefined => entry.annotations[tagAnnotation];
      const kept = entries.filter((entry) =>
        tag === undefined ? entry.digest !== digest : named(entry) !== tag,
      );
      const platform = undefined;
      const artifactType = undefined;
      entries = [...kept, { mediaType, digest, size: bytes.length, annotations, platform, artifactType }];
    },
    referrers: (subject) => referrersIn(entries, (entry) => bytesOf(entry.digest, manifestBytes), subject),
    async finish() {
      await files.write(layoutFile, Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
      await files.write('index.json', Buffer.from(canonicalJson(indexOf(entries))));
      await files.finish();
    },
    [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
  };
}

async function readIndex(files: LayoutFiles): Promise<readonly IndexEntry[]> {
  const { manifestBytes } = defaultLimits;
  const bytes = await files.read('index.json', manifestBytes);
  if (bytes === undefined) return [];
  const parsed = parseManifest(bytes, mediaTypes.ociIndex);
  if (parsed.kind !== 'index') throw new TypeError('an index was read as an image');
  return parsed.manifests;
}

function declaredType(bytes: Uint8Array): string {
  const document = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly mediaType?: unknown };
  return typeof document.mediaType === 'string' ? document.mediaType : mediaTypes.ociManifest;
}

/** A layout keeps no list of referrers: those of its manifests that have the subject. */
async function referrersIn(
  entries: readonly IndexEntry[],
  read: (entry: IndexEntry) => Promise<Uint8Array>,
  subject: Sha256,
): Promise<readonly Referrer[]> {
  const found: Referrer[] = [];
  for (const entry of entries) {
    if (entry.mediaType !== mediaTypes.ociManifest) continue;
    const parsed = parseManifest(await read(entry), entry.mediaType);
    if (parsed.kind !== 'image' || parsed.subject?.digest !== subject) continue;
    const artifactType = parsed.artifactType ?? parsed.config?.mediaType;
    found.push({ ...entry, artifactType, annotations: parsed.annotations });
  }
  return found;
}

function indexOf(entries: readonly IndexEntry[]): JsonObject {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: entries.map(({ mediaType, digest, size, annotations, platform }) => ({
      mediaType,
      digest: formatDigest(digest),
      size,
      ...(platform === undefined ? {} : { platform }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    })),
  };
}
