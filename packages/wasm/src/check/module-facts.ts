import type { Sha256 } from '@wasmcast/core';
import type { BuildNote } from '../module/build-note.ts';
import type { Feature } from '../module/wasm-module.ts';
import type { AbiVersion } from './host-functions.ts';

/** What a module is, as far as its bytes tell. Plain JSON. */
export interface ModuleFacts {
  /** sha256 of the bytes. */
  readonly digest: Sha256;
  /** In bytes. */
  readonly size: number;
  /** Absent when the module declares none that is known. */
  readonly abi?: AbiVersion;
  readonly imports: readonly ImportFact[];
  readonly exports: readonly ExportFact[];
  /** What it can filter, by the callbacks that it has. */
  readonly kinds: readonly ('http' | 'tcp')[];
  readonly sdk?: SdkFact;
  /** Compiler and version, e.g. `rustc 1.90.0`. */
  readonly toolchain?: string;
  /** Present when wasmcast built it. */
  readonly mode?: BuildNote['mode'];
  /** Whether traps show the names of functions. */
  readonly hasNames: boolean;
  /** Where the module says that its source map is. */
  readonly sourceMap?: string;
  /** Of the first memory, in bytes. */
  readonly memory?: { readonly initial: number; readonly maximum?: number };
  /** Features beyond WebAssembly 1.0. */
  readonly features: readonly Feature[];
  /** Engines whose compiled code is in the module. */
  readonly precompiled: readonly string[];
}

/** The SDK that a module was written with. */
export interface SdkFact {
  readonly name: string;
  readonly version?: string;
}

/** `type` is a function's type, or that of a memory, table or global in words. */
export interface ImportFact {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
  readonly type: string;
}

/** As {@link ImportFact}. */
export interface ExportFact {
  readonly name: string;
  readonly kind: string;
  readonly type: string;
}
