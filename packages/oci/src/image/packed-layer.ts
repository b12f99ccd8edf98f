import { createHash } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';
import type { Content } from '../content.ts';
import type { BlobContent } from '../remote/blob-upload.ts';
import { Gzip } from './gzip.ts';
import { blockSize } from './tar-header.ts';
import { tarEnd, tarHeader } from './tar-writer.ts';

/** A layer of so many bytes is kept when it has been packed once; a larger one is packed again to be read. */
const keptBytes = 4 * 1024 * 1024;

/** What an archive of one file is, compressed: its identity and its bytes. */
export interface PackedLayer extends BlobContent {
  /** Of the archive before it was compressed. */
  readonly diffId: Sha256;
}

/**
 * Packs a file into a tar+gzip layer. Of a large one nothing is kept but digests: packing gives the same bytes each time, so
 * they are made again while they are sent.
 */
export function packLayer(name: string, file: Uint8Array): PackedLayer {
  const archive = createHash('sha256');
  const layer = createHash('sha256');
  const kept: Uint8Array[] = [];
  let size = 0;
  for (const piece of packed(name, file, (bytes) => archive.update(bytes))) {
    layer.update(piece);
    size += piece.length;
    if (size <= keptBytes) kept.push(Buffer.from(piece));
  }
  return {
    digest: layer.digest('hex') as Sha256,
    diffId: archive.digest('hex') as Sha256,
    size,
    bytes: size <= keptBytes ? Buffer.concat(kept) : new PackedAgain(size, () => packed(name, file)),
  };
}

/** A layer that is made while it is read. Reading goes on where the last one ended, as an upload in parts does, or begins anew. */
class PackedAgain implements Content {
  readonly size: number;
  readonly #again: () => Generator<Uint8Array, void, undefined>;
  #pieces: Generator<Uint8Array, void, undefined>;
  #rest: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(size: number, again: () => Generator<Uint8Array, void, undefined>) {
    this.size = size;
    this.#again = again;
    this.#pieces = again();
  }

  *read(from: number, to: number): Generator<Uint8Array, void, undefined> {
    if (this.#at > from) [this.#pieces, this.#rest, this.#at] = [this.#again(), new Uint8Array(), 0];
    while (this.#at < from) this.#some(from - this.#at);
    while (this.#at < to) yield Buffer.from(this.#some(to - this.#at));
  }

  #some(most: number): Uint8Array {
    while (this.#rest.length === 0) {
      const next = this.#pieces.next();
      if (next.done === true) throw new Error('the module changed while it was sent');
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    this.#at += piece.length;
    return piece;
  }
}

function* packed(
  name: string,
  file: Uint8Array,
  told: (archive: Uint8Array) => void = () => {},
): Generator<Uint8Array, void, undefined> {
  const gzip = new Gzip();
  const padding = new Uint8Array((blockSize - (file.length % blockSize)) % blockSize);
  for (const part of [tarHeader(name, file.length), file, padding, tarEnd]) {
    told(part);
    yield* gzip.write(part);
  }
  yield* gzip.end();
}
