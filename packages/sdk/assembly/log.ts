import { proxy_get_log_level, proxy_log } from './abi/env';
import { outPointer } from './abi/memory';
import { reserve, utf8Bound, writeUtf8 } from './abi/utf8';
import { Status } from './status';

/** Envoy's log levels. Istio shows warn and above unless told otherwise. */
export enum LogLevel {
  Trace = 0,
  Debug = 1,
  Info = 2,
  Warn = 3,
  Error = 4,
  Critical = 5,
}

/**
 * Writes lines into the proxy's log.
 *
 *     log.warn('no key');
 *     if (log.enabled(LogLevel.Debug)) log.debug(costly());
 */
export namespace log {
  /** One line at `level`. */
  export function write(level: LogLevel, message: string): Status {
    const text = changetype<usize>(message);
    const base = reserve(utf8Bound(text));
    return proxy_log(level, base, writeUtf8(text, base) - base);
  }

  /** True when the proxy shows lines of `level`: asked before a costly message is put together. */
  export function enabled(level: LogLevel): bool {
    return proxy_get_log_level(outPointer()) == Status.Ok && <i32>level >= load<i32>(outPointer());
  }

  /** A line at the level trace. */
  export function trace(message: string): void {
    write(LogLevel.Trace, message);
  }
  /** A line at the level debug. */
  export function debug(message: string): void {
    write(LogLevel.Debug, message);
  }
  /** A line at the level info, which Istio does not show unless told to. */
  export function info(message: string): void {
    write(LogLevel.Info, message);
  }
  /** A line at the level warn, the lowest that Istio shows. */
  export function warn(message: string): void {
    write(LogLevel.Warn, message);
  }
  /** A line at the level error. */
  export function error(message: string): void {
    write(LogLevel.Error, message);
  }
  /** A line at the level critical. */
  export function critical(message: string): void {
    write(LogLevel.Critical, message);
  }
}
