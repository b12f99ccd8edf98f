import { createHash } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';
import type { BlobContent } from '../remote/blob-upload.ts';
import { Gzip } from './gzip.ts';
import { Spool } from './spool.ts';
import { blockSize } from './tar-header.ts';
import { tarEnd, tarHeader } from './tar-writer.ts';

/** A layer of more bytes is packed into a file. */
const keptBytes = 4 * 1024 * 1024;

/** What an archive of one file is, compressed: its identity and its bytes. */
export interface PackedLayer extends BlobContent {
  /** Of the archive before it was compressed. */
  readonly diffId: Sha256;
}

/** Packs a file into a tar+gzip layer. What a large one is lies in a file, which is gone when its `bytes` are disposed. */
export function packLayer(name: string, file: Uint8Array): PackedLayer {
  using stack = new DisposableStack();
  const archive = createHash('sha256');
  const layer = createHash('sha256');
  const kept: Uint8Array[] = [];
  let spool: Spool | undefined;
  let size = 0;
  for (const piece of packed(name, file, (bytes) => archive.update(bytes))) {
    layer.update(piece);
    size += piece.length;
    if (size <= keptBytes) {
      kept.push(Buffer.from(piece));
      continue;
    }
    spool ??= stack.use(new Spool());
    for (const first of kept.splice(0)) spool.append(first);
    spool.append(piece);
  }
  stack.move();
  return {
    digest: layer.digest('hex') as Sha256,
    diffId: archive.digest('hex') as Sha256,
    size,
    bytes: spool ?? Buffer.concat(kept),
  };
}

function* packed(
  name: string,
  file: Uint8Array,
  told: (archive: Uint8Array) => void,
): Generator<Uint8Array, void, undefined> {
  const gzip = new Gzip();
  const padding = new Uint8Array((blockSize - (file.length % blockSize)) % blockSize);
  for (const part of [tarHeader(name, file.length), file, padding, tarEnd]) {
    told(part);
    yield* gzip.write(part);
  }
  yield* gzip.end();
}
