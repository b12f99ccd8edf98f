import type { Diagnostic } from '@wasmcast/core';
import type { AbiVersion } from '../check/host-functions.ts';

/** `release` is small and fast and keeps no names; `debug` is unoptimised, with names and a source map. */
export type BuildMode = 'release' | 'debug';

/** How memory is managed: by the SDK between callbacks, or by AssemblyScript's incremental collector while they run. */
export type GuestRuntime = 'sdk' | 'incremental';

/** A filter's source, and how it shall be compiled. */
export interface FilterProject {
  /** The project's folder: paths in diagnostics and in the source map start there. */
  readonly root: string;
  /** The entry file, relative to `root`. Default `assembly/index.ts`. */
  readonly entry?: string;
  readonly mode: BuildMode;
  /**
   * Default: `sdk` for a filter that is written with an SDK which has a runtime. `incremental` is larger and slower, for one
   * that makes more garbage in a single callback than the VM may have memory.
   */
  readonly runtime?: GuestRuntime;
  /** The ABI that a filter of our SDK declares; 0.2.0 is for hosts that know nothing later. Default: 0.2.1. */
  readonly abi?: Exclude<AbiVersion, '0.1.0'>;
  /** Keep function names, so that traps have readable stacks. Default: only in debug. */
  readonly names?: boolean;
  /** Make a source map and name it in the module. Default: only in debug. */
  readonly sourceMap?: boolean;
  /** Folders from which packages are resolved when they cannot be from the importing file, in this order. */
  readonly resolveFrom?: readonly string[];
  /** Told as the work goes on. */
  readonly onProgress?: (progress: BuildProgress) => void;
}

/** A stage of the compiler that has just begun. */
export interface BuildProgress {
  readonly kind: 'progress';
  readonly stage: 'parse' | 'compile' | 'optimize';
}

/** What a build took and gave. */
export interface BuildStats {
  /** Wall time in milliseconds, the start of the compiler's thread included. */
  readonly milliseconds: number;
  /** Source files that were read, those of packages included, the compiler's own library not. */
  readonly files: number;
  /** Size of the module in bytes. */
  readonly size: number;
}

/** A file that the compiler asked for, where it really is, and how it was then; without a stamp it was not there. */
export interface BuildInput {
  readonly path: string;
  readonly stamp?: string;
}

/** A module, or every reason why there is none. */
export type BuildResult = {
  /** Every file that was asked for, those of packages included: while none has another stamp, nothing else comes out. */
  readonly inputs: readonly BuildInput[];
  /** Of the compiler: for a module warnings. */
  readonly diagnostics: readonly Diagnostic[];
} & (
  | {
      readonly kind: 'built';
      readonly wasm: Uint8Array;
      /** Source map version 3 as JSON text, sources relative to the project's folder. */
      readonly sourceMap?: string;
      readonly stats: BuildStats;
    }
  | { readonly kind: 'failed' }
);

/** The file name by which a module names its source map. */
export const sourceMapUrl = 'filter.wasm.map';
