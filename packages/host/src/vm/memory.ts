import { StringCache } from './string-cache.ts';
import type { WasmMemory } from './web-assembly.ts';

/** How many bytes one callback may have the host copy, over all its host calls. */
const maxCrossed = 256 * 1024 * 1024;

/** What a copy costs beside its bytes, so that very many small ones are bounded too. */
const copyCost = 64;

/** Strings up to this length are written character by character: cheaper than a call out of JavaScript. */
const shortString = 48;

/**
 * The memory of a VM, as the host reads and writes it. Every pointer is checked against the memory's present size; what
 * lies outside is reported, never touched. Pointers and sizes are given as the i32 that the module passed.
 */
export class GuestMemory {
  readonly memory: WasmMemory;
  #bytes: Buffer;
  #view: DataView;
  readonly #strings = new StringCache();
  readonly #shared: boolean;
  #crossed = 0;

  constructor(memory: WasmMemory) {
    this.memory = memory;
    this.#bytes = Buffer.from(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#shared = memory.buffer instanceof SharedArrayBuffer;
  }

  /** The whole memory. Do not keep it: it is detached when the module grows its memory. */
  get bytes(): Buffer {
    // A grown memory has a new buffer, and the old one has length 0; a shared one keeps its old buffer.
    if (this.#bytes.length === 0 || this.#shared) this.#refresh();
    return this.#bytes;
  }

  /** True if `[pointer, pointer + size)` lies in the memory. */
  holds(pointer: number, size: number): boolean {
    return (pointer >>> 0) + (size >>> 0) <= this.bytes.length;
  }

  /** A byte string; `undefined` when it lies outside. */
  string(pointer: number, size: number): string | undefined {
    const bytes = this.bytes;
    const start = pointer >>> 0;
    const end = start + (size >>> 0);
    if (end > bytes.length) return undefined;
    this.#cross(end - start);
    return this.#strings.read(bytes, start, end);
  }

  /** Text, as UTF-8; `undefined` when it lies outside. */
  text(pointer: number, size: number): string | undefined {
    const bytes = this.bytes;
    const start = pointer >>> 0;
    const end = start + (size >>> 0);
    if (end > bytes.length) return undefined;
    this.#cross(end - start);
    return bytes.toString('utf8', start, end);
  }

  /** A copy of some bytes; `undefined` when they lie outside. */
  copy(pointer: number, size: number): Uint8Array | undefined {
    const bytes = this.bytes;
    const start = pointer >>> 0;
    const end = start + (size >>> 0);
    if (end > bytes.length) return undefined;
    this.#cross(end - start);
    return Uint8Array.prototype.slice.call(bytes, start, end);
  }

  /** Writes an i32; false when it does not fit. */
  writeWord(pointer: number, value: number): boolean {
    const start = pointer >>> 0;
    if (start + 4 > this.bytes.length) return false;
    this.#view.setUint32(start, value, true);
    return true;
  }

  /** Writes an i64; false when it does not fit. */
  writeLong(pointer: number, value: bigint): boolean {
    const start = pointer >>> 0;
    if (start + 8 > this.bytes.length) return false;
    this.#view.setBigUint64(start, BigInt.asUintN(64, value), true);
    return true;
  }

  /** Writes a byte string to a place that is known to hold it. */
  writeString(pointer: number, text: string): void {
    const bytes = this.bytes;
    if (text.length > shortString) {
      bytes.write(text, pointer, 'latin1');
      return;
    }
    for (let i = 0; i < text.length; i++) bytes[pointer + i] = text.charCodeAt(i);
  }

  /** Reads an i32; `undefined` when it lies outside. */
  readWord(pointer: number): number | undefined {
    const start = pointer >>> 0;
    return start + 4 > this.bytes.length ? undefined : this.#view.getUint32(start, true);
  }

  /** A callback from outside begins. */
  resetCrossed(): void {
    this.#crossed = 0;
  }

  #cross(size: number): void {
    this.#crossed += size + copyCost;
    // For the module that is a trap.
    if (this.#crossed > maxCrossed) throw new RangeError(`it gave the host more than ${maxCrossed} bytes`);
  }

  #refresh(): void {
    this.#bytes = Buffer.from(this.memory.buffer);
    this.#view = new DataView(this.memory.buffer);
  }
}
