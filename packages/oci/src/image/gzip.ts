import { createGunzip, crc32 } from 'node:zlib';
import { Readable } from 'node:stream';
import { OciError } from '../errors.ts';
import { deflate, mostDeflated } from './deflate/deflate.ts';

/** A gzip member with a fixed header (RFC 1952: no name, no time, operating system unknown). */
export function gzipOf(content: Uint8Array): Uint8Array {
  const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255);
  const bytes = Buffer.alloc(header.length + mostDeflated(content.length) + 8);
  bytes.set(header);
  const end = deflate(content, bytes, header.length);
  bytes.writeUInt32LE(crc32(content), end);
  bytes.writeUInt32LE(content.length % 2 ** 32, end + 4);
  return bytes.subarray(0, end + 8);
}

/** Decompresses while reading; fails as soon as more than `limit` bytes come out. @throws OciError `tooLarge`, `archive` */
export async function* gunzip(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const inflater = createGunzip({ chunkSize: 256 * 1024 });
  const source = Readable.from(chunks, { objectMode: true, highWaterMark: 1 });
  // An error of the source reaches the reader below through the inflater.
  source.on('error', (error) => inflater.destroy(error));
  source.pipe(inflater);
  let size = 0;
  try {
    for await (const chunk of inflater) {
      const bytes = chunk as Uint8Array;
      size += bytes.length;
      if (size > limit) throw new OciError('tooLarge', `the layer unpacks to more than ${limit} bytes`);
      yield bytes;
    }
  } catch (cause) {
    if (isZlibError(cause)) throw new OciError('archive', 'the layer is not valid gzip', { cause });
    throw cause;
  } finally {
    source.unpipe(inflater);
    inflater.destroy();
    source.destroy();
  }
}

function isZlibError(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' && code.startsWith('Z_');
}
