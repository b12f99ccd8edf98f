import { proxy_get_current_time_nanoseconds } from './abi/env';
import { outPointer } from './abi/memory';
import { succeeded } from './status';

/**
 * The proxy's wall clock in nanoseconds since 1970; 0 when the host refuses (see `lastStatus()`).
 *
 *     const elapsed = nowNanoseconds() - started;
 */
export function nowNanoseconds(): u64 {
  return succeeded(proxy_get_current_time_nanoseconds(outPointer())) ? load<u64>(outPointer()) : 0;
}

/**
 * The proxy's wall clock in milliseconds since 1970, as `Date.now()` elsewhere.
 *
 *     const expired = nowMilliseconds() > expiry;
 */
export function nowMilliseconds(): i64 {
  return <i64>(nowNanoseconds() / 1_000_000);
}
