import { createHash } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';
import type { CacheWriter } from '../cache/blob-cache.ts';
import { OciError, isOciError } from '../errors.ts';
import { formatDigest } from '../reference/digest.ts';
import { readChunks } from '../transport/body.ts';
import { pause, retryDelay } from '../transport/retry.ts';
import { headerOf } from '../transport/transport.ts';
import type { HopResponse } from '../transport/transport.ts';
import type { RegistrySession } from './session.ts';

/** A blob by its identity and its size in bytes. */
export interface BlobDescriptor {
  readonly digest: Sha256;
  readonly size: number;
}

/**
 * Downloads a blob, or takes it from the cache. `consume` gets its chunks while they arrive and may stop early; what it
 * returns is released only after the whole blob has been hashed and found right. It is run again when the cache turns out
 * to hold something else. A connection that breaks is taken up again where it broke.
 * @throws OciError `digestMismatch`, `tooLarge`, `notFound`, …
 */
export async function pullBlob<T>(
  session: RegistrySession,
  blob: BlobDescriptor,
  consume: (chunks: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const { limits } = session;
  const { digest, size } = blob;
  if (size > limits.layerBytes) {
    throw new OciError(
      'tooLarge',
      `the blob sha256:${digest} has ${size} bytes, more than ${limits.layerBytes}`,
    );
  }
  const cached = await session.blobCache?.read(digest);
  if (cached !== undefined) {
    try {
      return await taken(hashed(session, blob, cached), consume);
    } catch (error) {
      if (!isOciError(error, 'digestMismatch') && !isFileError(error)) throw error;
      await session.blobCache?.drop(digest);
    }
  }
  session.emit({ kind: 'download-started', digest, size });
  const writer = await session.blobCache?.write(digest, size);
  try {
    const result = await taken(hashed(session, blob, kept(resumed(session, blob), writer)), consume);
    await writer?.keep();
    session.emit({ kind: 'download-finished', digest, size });
    return result;
  } finally {
    await writer?.discard();
  }
}

/** What `consume` makes of a blob, once all of it has been found right. */
async function taken<T>(
  source: AsyncGenerator<Uint8Array, void, undefined>,
  consume: (chunks: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  let wrong: unknown;
  // Whoever unpacks may have asked ahead, and never look at the answer.
  const next = (): Promise<IteratorResult<Uint8Array, void>> =>
    source.next().catch((error: unknown) => {
      wrong = error;
      throw error;
    });
  try {
    const result = await consume({ [Symbol.asyncIterator]: () => ({ next }) });
    await drain(source);
    if (wrong !== undefined) throw wrong;
    return result;
  } catch (error) {
    // What cannot be unpacked may have been tampered with: that is the better news, so the hash is asked first.
    if (isOciError(error, 'archive')) await drain(source);
    throw wrong ?? error;
  } finally {
    await source.return();
  }
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

const progressEvery = 1024 * 1024;

async function* kept(
  chunks: AsyncIterable<Uint8Array>,
  writer: CacheWriter | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    await writer?.add(chunk);
    yield chunk;
  }
}

/** The disk under the cache. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'read';
}

/** Passes chunks on and fails at the end (or as soon as there is too much) unless they are the blob. */
async function* hashed(
  session: RegistrySession,
  blob: BlobDescriptor,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const wrong = (why: string): OciError =>
    new OciError('digestMismatch', `the blob sha256:${blob.digest} is not what the registry sent: ${why}`);
  const hash = createHash('sha256');
  let received = 0;
  let told = 0;
  for await (const chunk of chunks) {
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

/** The bytes of a blob over as many connections as it takes; attempts count anew only after real progress. */
async function* resumed(
  session: RegistrySession,
  blob: BlobDescriptor,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { limits, signal } = session;
  let received = 0;
  for (let attempt = 1, mark = 0; ; attempt += 1) {
    try {
      for await (const chunk of oneConnection(session, blob, received)) {
        received += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      if (received - mark >= progressEvery) [attempt, mark] = [1, received];
      if (!isOciError(error) || !error.transient || attempt >= limits.attempts) throw error;
      const delayMs = retryDelay(attempt, error.retryAfterMs, limits);
      session.emit({ kind: 'retry', attempt, delayMs, code: error.code, message: error.message });
      await pause(delayMs, signal);
    }
  }
}

async function* oneConnection(
  session: RegistrySession,
  blob: BlobDescriptor,
  from: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const response = await session.open({
    method: 'GET',
    target: `blobs/${formatDigest(blob.digest)}`,
    what: `cannot pull the blob sha256:${blob.digest}`,
    expect: from === 0 ? [200] : [200, 206],
    headers: from === 0 ? {} : { range: `bytes=${from}-` },
    followRedirects: true,
    idempotent: true,
    deadlineMs: session.limits.blobMs,
  });
  // Who does not know ranges sends all again; what was taken already is skipped (and the hash holds both together).
  let skip = response.status === 206 ? from - startOf(response, from) : from;
  for await (const chunk of readChunks(response, session.signal)) {
    const skipped = Math.min(skip, chunk.length);
    skip -= skipped;
    if (skipped < chunk.length) yield chunk.subarray(skipped);
  }
}

/** Where the part of a 206 begins (RFC 9110, 14.4): where it was asked for, or before. */
function startOf(response: HopResponse, asked: number): number {
  const start = /^bytes ([0-9]{1,15})-/.exec(headerOf(response, 'content-range') ?? '')?.[1];
  if (start === undefined || Number(start) > asked)
    throw new OciError('malformed', `${response.place}: the part is not the one that was asked for`);
  return Number(start);
}

async function drain(source: AsyncIterable<Uint8Array>): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}
