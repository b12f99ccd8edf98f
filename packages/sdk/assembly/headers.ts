import {
  proxy_add_header_map_value,
  proxy_get_header_map_pairs,
  proxy_get_header_map_value,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
  proxy_set_header_map_pairs,
} from './abi/env';
import { outLength, outPointer, takeBytes } from './abi/memory';
import { decodePairs, encodePairs } from './abi/pairs';
import { readUtf8, reserve, utf8Bound, writeUtf8 } from './abi/utf8';
import { Status, succeeded } from './status';

/** One header line. */
export class Header {
  constructor(
    public name: string,
    public value: string,
  ) {}
}

/**
 * A header map of the stream that is being served. Names are case-insensitive. A map is there in its own phase only: Envoy lets
 * go of the request's headers once `onRequestHeaders` returned Continue, and gives all back in `onLog`. Outside, everything
 * answers `Status.BadArgument`.
 */
export class Headers {
  constructor(private map: i32) {}

  /** The value of a header (the first, if the line is repeated), or null when there is none. */
  get(name: string): string | null {
    if (!this.find(name)) return null;
    const bytes = takeBytes();
    return readUtf8(changetype<usize>(bytes), bytes.byteLength);
  }

  /** As `get`, the exact bytes. */
  getBytes(name: string): ArrayBuffer | null {
    return this.find(name) ? takeBytes() : null;
  }

  /** Whether the header is there. */
  has(name: string): bool {
    return this.find(name);
  }

  /** Every value of a repeated header, in order. */
  getAll(name: string): string[] {
    const wanted = name.toLowerCase();
    const values: string[] = [];
    const all = this.entries();
    for (let i = 0; i < all.length; i++) {
      if (all[i].name == wanted) values.push(all[i].value);
    }
    return values;
  }

  /** All lines in order; empty when the map is not available (see `lastStatus()`). */
  entries(): Header[] {
    if (!succeeded(proxy_get_header_map_pairs(this.map, outPointer(), outLength()))) return [];
    return decodePairs(takeBytes());
  }

  /** Replaces every line of this name by one. */
  set(name: string, value: string): Status {
    const base = reserve(utf8Bound(name) + utf8Bound(value));
    const middle = writeUtf8(name, base);
    const end = writeUtf8(value, middle);
    return proxy_replace_header_map_value(this.map, base, middle - base, middle, end - middle);
  }

  /** Adds a line and leaves what is there. */
  add(name: string, value: string): Status {
    const base = reserve(utf8Bound(name) + utf8Bound(value));
    const middle = writeUtf8(name, base);
    const end = writeUtf8(value, middle);
    return proxy_add_header_map_value(this.map, base, middle - base, middle, end - middle);
  }

  /** Removes every line of this name. Ok when there was none. */
  remove(name: string): Status {
    const base = reserve(utf8Bound(name));
    return proxy_remove_header_map_value(this.map, base, writeUtf8(name, base) - base);
  }

  /** Replaces the whole map, pseudo-headers (`:path`, `:status`) included. */
  replaceAll(lines: Header[]): Status {
    const pairs = encodePairs(lines);
    return proxy_set_header_map_pairs(this.map, changetype<usize>(pairs), pairs.byteLength);
  }

  private find(name: string): bool {
    const base = reserve(utf8Bound(name));
    const length = writeUtf8(name, base) - base;
    return succeeded(proxy_get_header_map_value(this.map, base, length, outPointer(), outLength()));
  }
}
