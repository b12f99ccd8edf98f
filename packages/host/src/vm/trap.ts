import type { FilterModule } from '../module/compile.ts';

/** Thrown by a host call that a module may not make now; for the module it is a trap. */
export class RestrictedCall extends Error {}

/** Why a VM is dead. */
export interface Trap {
  /** The callback during which it happened, without `proxy_`: `on_request_headers`, `_initialize`, `malloc`. */
  readonly callback: string;
  /** What V8 says: `unreachable`, `memory access out of bounds`, `Maximum call stack size exceeded`. */
  readonly reason: string;
  /** `on_request_headers trapped: unreachable` */
  readonly message: string;
  /**
   * The functions of the module that were running, innermost first, at most 20: by name if the module carries names, with
   * file, line and column if it was compiled with a source map, and with the offset in the module otherwise.
   */
  readonly frames: readonly string[];
}

/** The most frames of a backtrace (cpp-host limits.h PROXY_WASM_HOST_MAX_BACKTRACE_FRAMES_COUNT). */
const maxFrames = 20;

const frame = /^\s*at (?:(.+) \()?wasm:\/\/wasm\/[^:]*:(wasm-function\[\d+\]):(0x[0-9a-f]+)\)?$/;

/** Describes what a callback threw. */
export function describeTrap(callback: string, error: unknown, module: FilterModule): Trap {
  const reason = error instanceof Error ? error.message : String(error);
  const frames: string[] = [];
  for (const line of error instanceof Error ? (error.stack ?? '').split('\n') : []) {
    const match = frame.exec(line);
    if (match === null || frames.length === maxFrames) continue;
    // V8 writes `module.function` when the module has a name of its own.
    frames.push(`${match[1] ?? match[2] ?? '?'} (${placeOf(module, Number(match[3]))})`);
  }
  return { callback, reason, message: `${callback} trapped: ${reason}`, frames };
}

/** `filter.ts:12:3`, or the offset in the module as it was given. */
function placeOf(module: FilterModule, compiledOffset: number): string {
  const offset = compiledOffset - module.shift;
  return module.sourceMap?.(offset) ?? `0x${offset.toString(16)}`;
}
