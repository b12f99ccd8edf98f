/**
 * Attributes of the connection, the stream and the proxy (`request.id`, `source.address`, `plugin_name`, ...) in Envoy's encodings.
 * A path's parts are separated by dots here; a part that has a dot itself is given through `propertyBytesOf`.
 */
import { proxy_get_property, proxy_set_property } from './abi/env';
import { outLength, outPointer, takeBytes } from './abi/memory';
import { readUtf8, reserve, utf8Bound, writeUtf8 } from './abi/utf8';
import { Status, succeeded } from './status';

/**
 * The raw bytes of a property, or null when it is not there (see `lastStatus()`).
 *
 *     const metadata = propertyBytes('xds.cluster_metadata');
 */
export function propertyBytes(path: string): ArrayBuffer | null {
  const from = changetype<usize>(path);
  const base = reserve(utf8Bound(from));
  const end = writeUtf8(from, base);
  for (let at = base; at < end; at++) {
    if (load<u8>(at) == 0x2e) store<u8>(at, 0);
  }
  return fetch(base, end - base);
}

/**
 * As `propertyBytes`, with the path's parts taken as they are.
 *
 *     const state = propertyBytesOf(['filter_state', 'wasm.tenant']);
 */
export function propertyBytesOf(path: string[]): ArrayBuffer | null {
  const joined = path.join('\0');
  const from = changetype<usize>(joined);
  const base = reserve(utf8Bound(from));
  return fetch(base, writeUtf8(from, base) - base);
}

function fetch(path: usize, length: usize): ArrayBuffer | null {
  return succeeded(proxy_get_property(path, length, outPointer(), outLength())) ? takeBytes() : null;
}

/**
 * A property that is text, such as `request.path` or `source.address`.
 *
 *     const id = propertyString('request.id');
 */
export function propertyString(path: string): string | null {
  const bytes = propertyBytes(path);
  return bytes === null ? null : readUtf8(changetype<usize>(bytes), bytes.byteLength);
}

/**
 * As `propertyString`, with a text for when it is not there.
 *
 *     const host = propertyText('request.host', 'unknown');
 */
export function propertyText(path: string, fallback: string = ''): string {
  const text = propertyString(path);
  return text === null ? fallback : text;
}

/**
 * A property that is an integer, such as `response.code`; `fallback` when it is not there or is none.
 *
 *     const code = propertyInt('response.code');
 */
export function propertyInt(path: string, fallback: i64 = 0): i64 {
  const bytes = sized(path, 8);
  return bytes === null ? fallback : load<i64>(changetype<usize>(bytes));
}

/**
 * A property that is true or false, such as `connection.mtls`.
 *
 *     if (!propertyBool('connection.mtls')) ...
 */
export function propertyBool(path: string, fallback: bool = false): bool {
  const bytes = sized(path, 1);
  return bytes === null ? fallback : load<u8>(changetype<usize>(bytes)) != 0;
}

/**
 * A property that is a floating-point number.
 *
 *     const ratio = propertyDouble('filter_state.wasm.ratio');
 */
export function propertyDouble(path: string, fallback: f64 = 0): f64 {
  const bytes = sized(path, 8);
  return bytes === null ? fallback : load<f64>(changetype<usize>(bytes));
}

/**
 * A point in time (`request.time`) or a duration (`request.duration`) in nanoseconds.
 *
 *     const took = propertyNanoseconds('request.duration');
 */
export function propertyNanoseconds(path: string, fallback: i64 = 0): i64 {
  return propertyInt(path, fallback);
}

/**
 * Stores a value with the stream, for later filters and the access log. Envoy keeps it as the filter state `wasm.<name>`.
 *
 *     setProperty('tenant', tenant);
 */
export function setProperty(name: string, value: string): Status {
  const base = reserve(utf8Bound(changetype<usize>(name)) + utf8Bound(changetype<usize>(value)));
  const middle = writeUtf8(changetype<usize>(name), base);
  const end = writeUtf8(changetype<usize>(value), middle);
  return proxy_set_property(base, middle - base, middle, end - middle);
}

/** A property of exactly `size` bytes: another size is another type, not a number to be guessed from. */
function sized(path: string, size: i32): ArrayBuffer | null {
  const bytes = propertyBytes(path);
  if (bytes === null || bytes.byteLength == size) return bytes;
  succeeded(Status.ResultMismatch);
  return null;
}
