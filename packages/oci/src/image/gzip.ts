import { createGunzip, crc32 } from 'node:zlib';
import { Readable } from 'node:stream';
import { OciError } from '../errors.ts';
import { Deflate } from './deflate/deflate.ts';

/** Writes a gzip member with a fixed header (RFC 1952: no name, no time, operating system unknown). */
export class Gzip {
  readonly #deflate = new Deflate();
  #isBegun = false;
  #sum = 0;
  #size = 0;

  /** Takes bytes in; what comes out may be used until the next is asked for. */
  *write(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    yield* this.#begin();
    this.#sum = crc32(bytes, this.#sum);
    this.#size += bytes.length;
    yield* this.#deflate.write(bytes);
  }

  /** The rest. */
  *end(): Generator<Uint8Array, void, undefined> {
    yield* this.#begin();
    yield* this.#deflate.end();
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#sum);
    trailer.writeUInt32LE(this.#size % 2 ** 32, 4);
    yield trailer;
  }

  *#begin(): Generator<Uint8Array, void, undefined> {
    if (!this.#isBegun) yield header;
    this.#isBegun = true;
  }
}

const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255);

/** {@link Gzip} of something small. */
export function gzipOf(content: Uint8Array): Uint8Array {
  const gzip = new Gzip();
  const pieces = (function* all() {
    for (const piece of gzip.write(content)) yield Buffer.from(piece);
    for (const piece of gzip.end()) yield Buffer.from(piece);
  })();
  return Buffer.concat([...pieces]);
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
