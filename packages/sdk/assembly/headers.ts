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
import { explainMap } from './phases';
import { Status, succeeded } from './status';
import { equalsIgnoringCase } from './text/ascii';

/** The header maps of the ABI, by their numbers. */
export enum HeaderMap {
  Request = 0,
  RequestTrailers = 1,
  Response = 2,
  ResponseTrailers = 3,
  GrpcInitialMetadata = 4,
  GrpcTrailingMetadata = 5,
  HttpCallResponse = 6,
  HttpCallResponseTrailers = 7,
}

/** One header line. */
export class Header {
  /** A line for `replaceAll`, or for an answer. */
  constructor(
    /** In lower case, as the proxy gives it. */
    public name: string,
    /** Without the white space around it. */
    public value: string,
  ) {}
}

/**
 * A header map of the stream that is being served. Names are case-insensitive. A map is there in its own phase only: Envoy lets
 * go of the request's headers once `onRequestHeaders` returned Continue, and gives all back in `onLog`. Outside, everything
 * answers `Status.BadArgument`.
 *
 * The address of a map is its number in the ABI, plus one: there is no object, hence nothing to allocate or to visit for the collector.
 *
 *     const agent = this.request.headers.getOr('user-agent');
 *     this.request.headers.set('x-agent', agent);
 */
@unmanaged
export class Headers {
  private get map(): i32 {
    return <i32>changetype<usize>(this) - 1;
  }

  /** The value of a header (the first, if the line is repeated), or null when there is none. */
  get(name: string): string | null {
    if (!this.find(name)) return null;
    const bytes = takeBytes();
    return readUtf8(changetype<usize>(bytes), bytes.byteLength);
  }

  /** As `get`, with a text for when there is none. */
  getOr(name: string, fallback: string = ''): string {
    const value = this.get(name);
    return value === null ? fallback : value;
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
    const values: string[] = [];
    const all = this.entries();
    for (let i = 0; i < all.length; i++) {
      if (equalsIgnoringCase(all[i].name, name)) values.push(all[i].value);
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
    const base = stage(changetype<usize>(name), changetype<usize>(value));
    return explainMap(
      this.map,
      proxy_replace_header_map_value(this.map, base, middle - base, middle, end - middle),
    );
  }

  /** Adds a line and leaves what is there. */
  add(name: string, value: string): Status {
    const base = stage(changetype<usize>(name), changetype<usize>(value));
    return explainMap(
      this.map,
      proxy_add_header_map_value(this.map, base, middle - base, middle, end - middle),
    );
  }

  /** Removes every line of this name. Ok when there was none. */
  remove(name: string): Status {
    const base = stage(changetype<usize>(name), 0);
    return explainMap(this.map, proxy_remove_header_map_value(this.map, base, middle - base));
  }

  /** Replaces the whole map, pseudo-headers (`:path`, `:status`) included. */
  replaceAll(lines: Header[]): Status {
    const pairs = encodePairs(lines);
    return explainMap(
      this.map,
      proxy_set_header_map_pairs(this.map, changetype<usize>(pairs), pairs.byteLength),
    );
  }

  private find(name: string): bool {
    const base = stage(changetype<usize>(name), 0);
    const status = proxy_get_header_map_value(this.map, base, middle - base, outPointer(), outLength());
    return succeeded(explainMap(this.map, status));
  }
}

// Where the name ends and the value begins, and where that ends, after `stage`.
let middle: usize = 0;
let end: usize = 0;

/** Puts a name and (unless 0) a value where the host can read them, and returns where that is. */
function stage(name: usize, value: usize): usize {
  const base = reserve(utf8Bound(name) + (value == 0 ? 0 : utf8Bound(value)));
  middle = writeUtf8(name, base);
  end = value == 0 ? middle : writeUtf8(value, middle);
  return base;
}

/** The header map of a number. */
export function headersOf(map: HeaderMap): Headers {
  return changetype<Headers>(<usize>map + 1);
}
