import { createHash } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';
import { OciError, isOciError } from '../errors.ts';
import { formatDigest } from '../reference/digest.ts';
import { readChunks } from '../transport/body.ts';
import { displayUrl, headerOf } from '../transport/transport.ts';
import type { HopResponse } from '../transport/transport.ts';
import type { RegistrySession } from './session.ts';

/** A blob by its identity and its size in bytes. */
export interface BlobDescriptor {
  readonly digest: Sha256;
  readonly size: number;
}

/**
 * Downloads a blob. `consume` gets its chunks while they arrive and may stop early; what it returns is released only
 * after the whole blob has been hashed and found right. After a transient failure it is called again from the start.
 * @throws OciError `digestMismatch`, `tooLarge`, `notFound`, …
 */
export async function pullBlob<T>(
  session: RegistrySession,
  blob: BlobDescriptor,
  consume: (chunks: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const { limits } = session;
  const { digest, size } = blob;
  if (blob.size > limits.layerBytes) {
    throw new OciError(
      'tooLarge',
      `the blob sha256:${blob.digest} has ${blob.size} bytes, more than ${limits.layerBytes}`,
    );
  }
  const request = {
    method: 'GET',
    target: `blobs/${formatDigest(blob.digest)}`,
    what: `cannot pull the blob sha256:${blob.digest}`,
    expect: [200],
    followRedirects: true,
    idempotent: true,
    deadlineMs: limits.blobMs,
  } as const;
  session.emit({ kind: 'download-started', digest, size });
  const result = await session.call(request, async (response) => {
    const source = hashed(session, blob, response);
    try {
      const taken = await consume({ [Symbol.asyncIterator]: () => ({ next: () => source.next() }) });
      await drain(source);
      return taken;
    } catch (error) {
      // What cannot be unpacked may have been tampered with: that is the better news, so the hash is asked first.
      if (isOciError(error, 'archive')) await drain(source);
      throw error;
    } finally {
      await source.return();
    }
  });
  session.emit({ kind: 'download-finished', digest, size });
  return result;
}

/** True if the registry says that it has the blob. */
export async function hasBlob(session: RegistrySession, blob: BlobDescriptor): Promise<boolean> {
  const what = `cannot look up the blob sha256:${blob.digest}`;
  const target = `blobs/${formatDigest(blob.digest)}`;
  return session.call(
    // A redirect is no answer: uploading once more costs time, believing it costs an image without its layer.
    { method: 'HEAD', target, what, expect: [200, 301, 302, 303, 307, 308, 404, 405], idempotent: true },
    (response) => response.status === 200,
  );
}

/** Uploads a blob unless the registry has it (distribution-spec, "POST then PUT"). @throws OciError `uploadLocation`, … */
export async function pushBlob(
  session: RegistrySession,
  blob: BlobDescriptor & { readonly bytes: Uint8Array },
): Promise<void> {
  const { digest, size, bytes } = blob;
  if (await hasBlob(session, blob)) {
    session.emit({ kind: 'blob-present', digest, size });
    return;
  }
  session.emit({ kind: 'upload-started', digest, size });
  const what = `cannot push the blob sha256:${digest}`;
  const location = await session.call(
    {
      method: 'POST',
      target: 'blobs/uploads/',
      what,
      expect: [202],
      body: new Uint8Array(),
      idempotent: false,
    },
    (response) => uploadAddress(session, response),
  );
  location.searchParams.set('digest', formatDigest(digest));
  await session.call(
    {
      method: 'PUT',
      target: location,
      what,
      expect: [201],
      headers: { 'content-type': 'application/octet-stream' },
      body: bytes,
      idempotent: false,
      deadlineMs: session.limits.blobMs,
    },
    () => undefined,
  );
  session.emit({ kind: 'upload-finished', digest, size });
}

const progressEvery = 1024 * 1024;

/** Passes chunks on and fails at the end (or as soon as there is too much) unless they are the blob. */
async function* hashed(
  session: RegistrySession,
  blob: BlobDescriptor,
  response: HopResponse,
): AsyncGenerator<Uint8Array, void, undefined> {
  const wrong = (why: string): OciError =>
    new OciError('digestMismatch', `the blob sha256:${blob.digest} is not what the registry sent: ${why}`);
  const hash = createHash('sha256');
  let received = 0;
  let told = 0;
  for await (const chunk of readChunks(response, session.signal)) {
    received += chunk.length;
    if (received > blob.size) throw wrong(`more than ${blob.size} bytes`);
    hash.update(chunk);
    if (received - told >= progressEvery) {
      told = received;
      session.emit({ kind: 'download-progress', digest: blob.digest, size: blob.size, received });
    }
    yield chunk;
  }
  if (received < blob.size) throw wrong(`${received} instead of ${blob.size} bytes`);
  const digest = hash.digest('hex');
  if (digest !== blob.digest) throw wrong(`its digest is sha256:${digest}`);
}

async function drain(source: AsyncIterable<Uint8Array>): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

/** Where the bytes go: the Location of the answer, which with the bytes would get the credentials too. */
function uploadAddress(session: RegistrySession, response: HopResponse): URL {
  const location = headerOf(response, 'location');
  const url = location === undefined ? null : URL.parse(location, session.base.href);
  if (url === null) throw new OciError('uploadLocation', `${response.place} names no place for the upload`);
  if (url.origin !== session.base.origin || url.username !== '' || url.password !== '') {
    throw new OciError(
      'uploadLocation',
      `refused to upload to ${displayUrl(url)}: it is not at ${session.base.origin}`,
    );
  }
  return url;
}
