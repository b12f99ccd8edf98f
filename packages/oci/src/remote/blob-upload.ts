import { contentOf } from '../content.ts';
import type { Content } from '../content.ts';
import { OciError, isOciError } from '../errors.ts';
import { formatDigest } from '../reference/digest.ts';
import { pause, retryDelay } from '../transport/retry.ts';
import { displayUrl, headerOf } from '../transport/transport.ts';
import type { BodyPart, HopResponse } from '../transport/transport.ts';
import { hasBlob } from './blob-download.ts';
import type { BlobDescriptor } from './blob-download.ts';
import type { RegistrySession } from './session.ts';

/** A blob with its bytes. */
export interface BlobContent extends BlobDescriptor {
  readonly bytes: Uint8Array | Content;
}

/** An upload that the registry has begun: where it goes on, and how much has arrived. */
interface Upload {
  readonly url: URL;
  readonly received: number;
  /** The registry takes no smaller chunk but the last one (`OCI-Chunk-Min-Length`). */
  readonly leastChunk: number;
}

/**
 * Brings a blob into the repository unless it is there: from another repository of the registry that has it
 * (`mountFrom`), by one request if it is small, else in chunks that go on where a broken connection stopped.
 * @throws OciError `uploadLocation`, …
 */
export async function pushBlob(
  session: RegistrySession,
  blob: BlobContent,
  mountFrom: readonly string[] = [],
): Promise<void> {
  const { digest, size } = blob;
  if (await hasBlob(session, blob)) return session.emit({ kind: 'blob-present', digest, size });
  for (const from of mountFrom) {
    if (await mount(session, blob, from)) return session.emit({ kind: 'blob-mounted', digest, size, from });
  }
  session.emit({ kind: 'upload-started', digest, size });
  const whole = size <= session.limits.wholeUploadBytes;
  // Beginning an upload again does no harm: registries throw away those that are never finished.
  await session.retrying(() => (whole ? uploadWhole(session, blob) : uploadInChunks(session, blob)));
  session.emit({ kind: 'upload-finished', digest, size });
}

/** Distribution-spec, "Mounting a blob from another repository": 202 says that it was not, and begins an upload instead. */
async function mount(session: RegistrySession, blob: BlobContent, from: string): Promise<boolean> {
  const query = new URLSearchParams({ mount: formatDigest(blob.digest), from }).toString();
  const request = {
    method: 'POST',
    target: `blobs/uploads/?${query}`,
    what: whatOf(blob),
    // A registry that knows no mounts, or not from there, says so in many ways; then the blob is uploaded.
    expect: [201, 202, 400, 403, 404, 405],
    body: new Uint8Array(),
    idempotent: true,
  } as const;
  const begun = await session.call(request, (response) => {
    if (response.status === 201) return true;
    return response.status === 202 ? uploadOf(session, response) : false;
  });
  if (typeof begun === 'boolean') return begun;
  await cancel(session, begun);
  return false;
}

async function uploadWhole(session: RegistrySession, blob: BlobContent): Promise<void> {
  const { url } = await begin(session, blob);
  await finish(session, blob, url, partOf(blob, 0, blob.size));
}

async function uploadInChunks(session: RegistrySession, blob: BlobContent): Promise<void> {
  const { limits, signal } = session;
  const { size, digest } = blob;
  let upload = await begin(session, blob);
  let largest = Math.max(limits.chunkBytes, upload.leastChunk);
  let failures = 0;
  while (upload.received < size) {
    const from = upload.received;
    const chunk = partOf(blob, from, Math.min(size, from + largest));
    try {
      upload = await sendChunk(session, blob, upload.url, from, chunk);
      failures = 0;
    } catch (error) {
      if (!isOciError(error)) throw error;
      // Something between us and the registry takes no bodies of this size (413): half of it, perhaps.
      if (error.status === 413 && chunk.size / 2 > Math.max(upload.leastChunk, 64 * 1024))
        largest = Math.ceil(chunk.size / 2);
      else if (!error.transient && error.status !== 416) throw error;
      failures += 1;
      if (failures >= limits.attempts && error.status !== 413) throw error;
      const delayMs = error.status === 413 ? 0 : retryDelay(failures, error.retryAfterMs, limits);
      session.emit({ kind: 'retry', attempt: failures, delayMs, code: error.code, message: error.message });
      await pause(delayMs, signal);
      upload = await statusOf(session, blob, upload);
      if (upload.received > from) failures = 0;
    }
    session.emit({ kind: 'upload-progress', digest, size, sent: upload.received });
  }
  await finish(session, blob, upload.url, partOf(blob, size, size));
}

async function begin(session: RegistrySession, blob: BlobContent): Promise<Upload> {
  return session.call(
    {
      method: 'POST',
      target: 'blobs/uploads/',
      what: whatOf(blob),
      expect: [202],
      body: new Uint8Array(),
      idempotent: false,
    },
    (response) => uploadOf(session, response),
  );
}

async function sendChunk(
  session: RegistrySession,
  blob: BlobContent,
  url: URL,
  from: number,
  chunk: BodyPart,
): Promise<Upload> {
  const { digest, size } = blob;
  let told = from;
  const end = from + chunk.size;
  const upload = await session.call(
    {
      method: 'PATCH',
      target: url,
      what: whatOf(blob),
      expect: [202],
      headers: { 'content-type': 'application/octet-stream', 'content-range': `${from}-${end - 1}` },
      body: chunk,
      onSent: (bytes) => {
        if (from + bytes - told < progressEvery) return;
        told = from + bytes;
        session.emit({ kind: 'upload-progress', digest, size, sent: told });
      },
      idempotent: false,
      deadlineMs: session.limits.blobMs,
    },
    (response) => uploadOf(session, response),
  );
  // Some registries leave the Range out of this answer; one that says another number than we sent is asked again.
  return upload.received === 0 ? { ...upload, received: end } : upload;
}

/** Asks how much of an upload has arrived; one that the registry has forgotten is begun anew. */
async function statusOf(session: RegistrySession, blob: BlobContent, upload: Upload): Promise<Upload> {
  const found = await session.call(
    { method: 'GET', target: upload.url, what: whatOf(blob), expect: [204, 404], idempotent: true },
    (response) => (response.status === 204 ? uploadOf(session, response) : undefined),
  );
  if (found === undefined) return begin(session, blob);
  if (found.received > blob.size)
    throw new OciError('malformed', `${whatOf(blob)}: the registry has more of it than there is`);
  return { ...found, leastChunk: upload.leastChunk };
}

async function finish(session: RegistrySession, blob: BlobContent, url: URL, rest: BodyPart): Promise<void> {
  const target = new URL(url);
  target.searchParams.set('digest', formatDigest(blob.digest));
  await session.call(
    {
      method: 'PUT',
      target,
      what: whatOf(blob),
      expect: [201],
      headers: { 'content-type': 'application/octet-stream' },
      body: rest,
      idempotent: false,
      deadlineMs: session.limits.blobMs,
    },
    () => undefined,
  );
}

/** Ends an upload that is not wanted; that it is forgotten sooner is all that this gives, so no answer is an answer. */
async function cancel(session: RegistrySession, upload: Upload): Promise<void> {
  const what = 'cannot cancel an upload';
  try {
    await session.call(
      { method: 'DELETE', target: upload.url, what, expect: [200, 202, 204], idempotent: false },
      () => undefined,
    );
  } catch (error) {
    if (!isOciError(error)) throw error;
  }
}

const progressEvery = 1024 * 1024;

function partOf({ bytes }: BlobContent, from: number, to: number): BodyPart {
  const content = bytes instanceof Uint8Array ? contentOf(bytes) : bytes;
  return { size: to - from, pieces: () => content.read(from, to) };
}

function whatOf(blob: BlobDescriptor): string {
  return `cannot push the blob sha256:${blob.digest}`;
}

/** Reads the answer of an upload: `Location`, `Range: 0-<last byte>`. What arrives there gets the credentials too, so it must be the registry. */
function uploadOf(session: RegistrySession, response: HopResponse): Upload {
  const location = headerOf(response, 'location');
  const url = location === undefined ? null : URL.parse(location, session.base.href);
  if (url === null) throw new OciError('uploadLocation', `${response.place} names no place for the upload`);
  if (url.origin !== session.base.origin || url.username !== '' || url.password !== '') {
    throw new OciError(
      'uploadLocation',
      `refused to upload to ${displayUrl(url)}: it is not at ${session.base.origin}`,
    );
  }
  const last = /^(?:bytes=)?0-([0-9]{1,15})$/.exec(headerOf(response, 'range') ?? '')?.[1];
  const least = /^[0-9]{1,9}$/.exec(headerOf(response, 'oci-chunk-min-length') ?? '')?.[0];
  // `0-0` is what registries say when there is nothing yet; with one byte it would be 416, and is asked again.
  const received = last === undefined || last === '0' ? 0 : Number(last) + 1;
  return { url, received, leastChunk: Number(least ?? 0) };
}
