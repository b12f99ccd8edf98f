import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OciError } from '../errors.ts';
import type { Content } from '../content.ts';

const pieceBytes = 256 * 1024;

/** Bytes in a temporary file for their user alone, which is gone when this is disposed. @throws OciError `files` */
export class Spool implements Content, Disposable {
  readonly #folder: string;
  readonly #file: number;
  #size = 0;

  constructor() {
    this.#folder = attempt(() => mkdtempSync(join(tmpdir(), 'wasmcast-layer-')));
    this.#file = attempt(() => openSync(join(this.#folder, 'layer'), 'wx+', 0o600));
    // Open it is there without a name, and goes with the process, however that ends; Windows keeps the name until it is closed.
    this.#unlink();
  }

  get size(): number {
    return this.#size;
  }

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;)
      at += attempt(() => writeSync(this.#file, bytes, at, bytes.length - at, this.#size + at));
    this.#size += bytes.length;
  }

  *read(from: number, to: number): Generator<Uint8Array, void, undefined> {
    for (let at = from; at < to;) {
      const piece = new Uint8Array(Math.min(pieceBytes, to - at));
      const size = attempt(() => readSync(this.#file, piece, 0, piece.length, at));
      if (size === 0) throw new OciError('files', 'a temporary file was cut short by somebody else');
      at += size;
      yield piece.subarray(0, size);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
    this.#unlink();
  }

  #unlink(): void {
    try {
      rmSync(this.#folder, { recursive: true, force: true });
    } catch {
      // It lies in a folder for what may go.
    }
  }
}

function attempt<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new OciError('files', `a large layer needs a temporary file in ${tmpdir()}: ${code}`, {
      help: 'make room there, or set TMPDIR',
      cause,
    });
  }
}
