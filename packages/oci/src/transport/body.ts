import { OciError } from '../errors.ts';
import { connectionError } from './faults.ts';
import type { HopResponse } from './transport.ts';

/** The chunks of a body, with the faults of the connection in our words; the connection is given up if the reader stops early. */
export async function* readChunks(
  response: HopResponse,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of response.body) yield chunk as Uint8Array;
  } catch (error) {
    throw connectionError(error, response.place, signal);
  } finally {
    response.body.destroy();
  }
}

/** Reads a whole body of at most `limit` bytes; what the server says about its length is not believed. @throws OciError `tooLarge` */
export async function readBody(
  response: HopResponse,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readChunks(response, signal)) {
    size += chunk.length;
    if (size > limit)
      throw new OciError('tooLarge', `${response.place}: the answer is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Reads away a body that nobody needs, so that the connection can be used again; gives the connection up if it is long. */
export async function discardBody(response: HopResponse, limit: number): Promise<void> {
  try {
    await readBody(response, limit, undefined);
  } catch {
    // The answer was in the headers: a body that is too long or breaks off costs the connection, nothing else.
  }
}
