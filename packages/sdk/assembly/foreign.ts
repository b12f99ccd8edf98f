import { proxy_call_foreign_function } from './abi/env';
import { outLength, outPointer, takeBytes } from './abi/memory';
import { encodeUtf8 } from './abi/utf8';
import { Status, lastStatus, succeeded } from './status';

/**
 * Calls a function that the proxy offers beyond the ABI, by name; null when it refuses or has none of that name (see `lastStatus()`).
 * Envoy has `compress`, `uncompress`, `sign`, `verify_signature`, `declare_property`, `set_envoy_filter_state` and a few more.
 *
 *     const small = callForeignFunction('compress', bytes);
 */
export function callForeignFunction(name: string, args: ArrayBuffer | null = null): ArrayBuffer | null {
  const called = encodeUtf8(name);
  const status = proxy_call_foreign_function(
    changetype<usize>(called),
    called.byteLength,
    changetype<usize>(args),
    args === null ? 0 : args.byteLength,
    outPointer(),
    outLength(),
  );
  return succeeded(status) ? takeBytes() : null;
}

/**
 * Has Envoy choose the route again: to be called after a header changed that routes match on.
 *
 *     this.request.headers.set('x-tenant', tenant);
 *     clearRouteCache();
 */
export function clearRouteCache(): Status {
  callForeignFunction('clear_route_cache');
  return lastStatus();
}
