import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';

/** Bytes that a body may become. */
const maxOutputLength = 16 * 1024 * 1024;

const decoders: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gunzipSync(bytes, { maxOutputLength }),
  'x-gzip': (bytes) => gunzipSync(bytes, { maxOutputLength }),
  deflate: (bytes) => inflateSync(bytes, { maxOutputLength }),
  br: (bytes) => brotliDecompressSync(bytes, { maxOutputLength }),
  zstd: (bytes) => zstdDecompressSync(bytes, { maxOutputLength }),
};

/** A body without its content coding; as it is if that is not known, does not fit, or the result is too large. */
export function decodedBody(bytes: Uint8Array, coding: string): Uint8Array {
  const decode = decoders[coding.trim().toLowerCase()];
  if (decode === undefined || bytes.length === 0) return bytes;
  try {
    return decode(bytes);
  } catch {
    return bytes;
  }
}
