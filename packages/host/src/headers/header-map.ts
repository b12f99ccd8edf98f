import { isInlineHeader } from './inline-headers.ts';

/** Which of Envoy's header map types a map stands for: they differ in the headers that Envoy merges (see {@link HeaderMap.add}). */
export type HeaderMapKind = 'request' | 'response' | 'trailers';

/**
 * Headers as a filter sees and changes them: ordered, multi-valued, with lower-case names and pseudo headers (`:path`)
 * first. Names and values are byte strings: one character per byte (latin1), so that nothing is lost on the way.
 *
 * It behaves as Envoy's HeaderMapImpl (envoy source/common/http/header_map_impl.cc).
 */
export class HeaderMap {
  readonly kind: HeaderMapKind;
  /** `[name, value, name, value, …]`; owned by the map, read it freely, change it only through the methods. */
  readonly flat: string[];

  /** Takes over `flat`, whose names have to be lower-case and whose pseudo headers have to come first. */
  constructor(kind: HeaderMapKind, flat: string[] = []) {
    this.kind = kind;
    this.flat = flat;
  }

  /** Makes a map of pairs in any case and order, adding one after the other. */
  static from(kind: HeaderMapKind, pairs: Iterable<readonly [string, string]>): HeaderMap {
    const map = new HeaderMap(kind);
    for (const [name, value] of pairs) map.add(name.toLowerCase(), value);
    return map;
  }

  /** How many headers there are; a repeated name counts each time. */
  get size(): number {
    return this.flat.length >> 1;
  }

  /** The sum of the bytes of all names and values, without separators: what `proxy_get_header_map_size` gives. */
  get byteSize(): number {
    let size = 0;
    for (const text of this.flat) size += text.length;
    return size;
  }

  /** The first value of a (lower-case) name. */
  get(name: string): string | undefined {
    const flat = this.flat;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return flat[i + 1];
    return undefined;
  }

  /** All values of a (lower-case) name. */
  getAll(name: string): string[] {
    const values: string[] = [];
    const flat = this.flat;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) values.push(flat[i + 1] as string);
    return values;
  }

  /**
   * Adds a value under a (lower-case) name. For the headers that Envoy keeps in a fixed slot (`content-type`,
   * `user-agent`, `:path` …) a second value is joined to the first with a comma, for every other a second header is added
   * (HeaderMapImpl::insertByKey, appendToHeader).
   */
  add(name: string, value: string): void {
    const flat = this.flat;
    if (isInlineHeader(this.kind, name)) {
      for (let i = 0; i < flat.length; i += 2) {
        if (flat[i] !== name) continue;
        if (value !== '') flat[i + 1] = flat[i + 1] === '' ? value : `${flat[i + 1]},${value}`;
        return;
      }
    }
    if (name.charCodeAt(0) !== 58) {
      flat.push(name, value);
      return;
    }
    let at = 0;
    while (at < flat.length && (flat[at] as string).charCodeAt(0) === 58) at += 2;
    flat.splice(at, 0, name, value);
  }

  /** Leaves exactly one value under a (lower-case) name; it moves to the end (HeaderMapImpl::setCopy removes and adds). */
  set(name: string, value: string): void {
    const flat = this.flat;
    const kept = this.#without(name);
    if (kept === flat.length || name.charCodeAt(0) === 58) {
      this.#cut(kept);
      this.add(name, value);
      return;
    }
    // There is room at the end, where the old ones were.
    flat[kept] = name;
    flat[kept + 1] = value;
    this.#cut(kept + 2);
  }

  /** Gives the first header of a (lower-case) name this value where it stands, or adds one. */
  put(name: string, value: string): void {
    const flat = this.flat;
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] !== name) continue;
      flat[i + 1] = value;
      return;
    }
    this.add(name, value);
  }

  /** Removes all values of a (lower-case) name; returns how many there were. */
  remove(name: string): number {
    const kept = this.#without(name);
    const removed = (this.flat.length - kept) >> 1;
    this.#cut(kept);
    return removed;
  }

  /** Moves the headers of other names together, to the front; what they end before is to be cut off, or written. */
  #without(name: string): number {
    const flat = this.flat;
    let kept = 0;
    for (let i = 0; i < flat.length; i += 2) {
      if (flat[i] === name) continue;
      if (kept !== i) {
        flat[kept] = flat[i] as string;
        flat[kept + 1] = flat[i + 1] as string;
      }
      kept += 2;
    }
    return kept;
  }

  /** Piece by piece: to set the length of an array, V8 leaves compiled code, and may give up room that the next header wants. */
  #cut(length: number): void {
    while (this.flat.length > length) this.flat.pop();
  }

  /** Removes everything. */
  clear(): void {
    this.flat.length = 0;
  }

  /** A copy that is independent of this map. */
  clone(): HeaderMap {
    return new HeaderMap(this.kind, this.flat.slice());
  }

  /** Iterates over `[name, value]`. */
  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (let i = 0; i < this.flat.length; i += 2) yield [this.flat[i] as string, this.flat[i + 1] as string];
  }
}
