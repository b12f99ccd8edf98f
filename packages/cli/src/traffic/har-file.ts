import { type FileHandle, open } from 'node:fs/promises';
import {
  type ExchangeFacts,
  harLimits,
  type RecordedExchange,
  toHarEntry,
  WasmcastError,
  withoutSecrets,
} from '@wasmcast/core';
import type { TrafficRecorder } from '@wasmcast/local';
import { version } from '../version.ts';

/** No recording that is larger is written or read, in bytes: it is read into memory as a whole. */
export const largestHar = 256 * 1024 * 1024;

/** Bytes that may wait to be written; what comes while the disk is slower than that is left out. */
const maxWaiting = 64 * 1024 * 1024;

const head = (): Buffer =>
  Buffer.from(
    `{"log":{"version":"1.2","creator":${JSON.stringify({ name: 'wasmcast', version })},"entries":[\n`,
  );
const tail = Buffer.from('\n]}}\n');

/** How {@link HarFile} records. */
export interface HarFileOptions {
  /** Keeps the values of fields like `authorization` and `cookie`. */
  readonly secrets: boolean;
  /** Told once, when nothing more is recorded. */
  onEnd(reason: string): void;
  /** Bytes of the largest file. */
  readonly maxBytes?: number;
}

/**
 * A recording that is written while the traffic goes on. The file is a whole HTTP Archive after each write, so that one whose
 * process was killed can be replayed.
 */
export class HarFile implements TrafficRecorder, AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #options: HarFileOptions;
  /** Where the tail stands, which the next entry replaces. */
  #end = 0;
  #waiting = 0;
  #writing: Promise<void> = Promise.resolve();
  #accepted = 0;
  #written = 0;
  #left = 0;
  #over = false;
  #broken = false;

  private constructor(handle: FileHandle, options: HarFileOptions) {
    this.#handle = handle;
    this.#options = options;
  }

  /** Makes the file, readable by its owner only. Throws `WC-HAR-005` if it is there already or cannot be made. */
  static async create(file: string, options: HarFileOptions): Promise<HarFile> {
    try {
      const har = new HarFile(await open(file, 'wx', 0o600), options);
      await har.#write(head(), 0);
      return har;
    } catch (cause) {
      const there = (cause as NodeJS.ErrnoException).code === 'EEXIST';
      throw new WasmcastError('WC-HAR-005', `${file} ${there ? 'is there already' : 'cannot be written'}`, {
        exit: 'usage',
        help: there ? 'take another name, or delete it' : 'check the path',
        cause,
      });
    }
  }

  /** How many exchanges are in the file, and how many are left out. */
  get counts(): { readonly recorded: number; readonly left: number } {
    return { recorded: this.#written, left: this.#left };
  }

  exchange(recorded: RecordedExchange, facts: ExchangeFacts): void {
    if (this.#over) return this.left();
    const kept = this.#options.secrets ? recorded : withoutSecrets(recorded);
    const entry = Buffer.from(JSON.stringify(toHarEntry(kept, facts)));
    const after = this.#end + this.#waiting + entry.length + tail.length;
    if (this.#accepted >= harLimits.entries || after > (this.#options.maxBytes ?? largestHar)) {
      this.left();
      this.#over = true;
      return this.#options.onEnd('the recording is full');
    }
    if (this.#waiting + entry.length > maxWaiting) return this.left();
    this.#accepted++;
    this.#waiting += entry.length;
    this.#writing = this.#writing.then(() => this.#append(entry));
  }

  left(): void {
    this.#left++;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#handle.close();
  }

  async #append(entry: Buffer): Promise<void> {
    this.#waiting -= entry.length;
    if (this.#broken) return this.left();
    try {
      const separator = this.#written === 0 ? '' : ',\n';
      await this.#write(Buffer.concat([Buffer.from(separator), entry]), this.#end);
      this.#written++;
    } catch (error) {
      this.left();
      this.#broken = true;
      this.#over = true;
      this.#options.onEnd((error as Error).message);
    }
  }

  async #write(piece: Buffer, at: number): Promise<void> {
    const whole = Buffer.concat([piece, tail]);
    await this.#handle.write(whole, 0, whole.length, at);
    this.#end = at + piece.length;
  }
}
