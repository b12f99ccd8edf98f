/** A value's type in the text format's words: `i32`, `f64`, `v128`, `funcref`, `(ref null 3)`. */
export type ValueType = string;

/** The type of a function. */
export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** One entry of the type index space; only functions matter to a Proxy-Wasm host. */
export type DefinedType =
  | ({ readonly kind: 'function'; readonly typeIndex: number } & FunctionType)
  | { readonly kind: 'struct' }
  | { readonly kind: 'array' };

/** Size of a memory in pages, or of a table in entries. */
export interface Limits {
  readonly minimum: bigint;
  readonly maximum?: bigint;
  readonly shared: boolean;
  /** Addressed by 64-bit indices. */
  readonly wide: boolean;
  /** log2 of the page size, when it is not 16 (64 KiB). */
  readonly pageSizeLog2?: number;
}

/** What an import or export can be, with its type. */
export type ExternType =
  | ({ readonly kind: 'function'; readonly typeIndex: number } & FunctionType)
  | { readonly kind: 'table'; readonly element: ValueType; readonly limits: Limits }
  | { readonly kind: 'memory'; readonly limits: Limits }
  | { readonly kind: 'global'; readonly type: ValueType; readonly mutable: boolean }
  | { readonly kind: 'tag' };

/** One import. */
export interface Import {
  readonly module: string;
  readonly name: string;
  readonly type: ExternType;
}

/** One export; `index` is in the index space of its kind. */
export interface Export {
  readonly name: string;
  readonly index: number;
  readonly type: ExternType;
}

/** A stretch of the file, in bytes from its start. */
export interface Stretch {
  readonly offset: number;
  readonly size: number;
}

/** A module as it stands in the file. Instructions are not validated: that is the engine's part. */
export interface WasmModule {
  /** The whole file; never changed. */
  readonly bytes: Uint8Array;
  readonly types: readonly DefinedType[];
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  /** Every function's type, the imported ones first. */
  readonly functions: readonly FunctionType[];
  readonly importedFunctions: number;
  /** Imported ones first. */
  readonly memories: readonly Limits[];
  /** Index of the start section's function. */
  readonly start?: number;
  /** Functions whose reference is taken: by an element segment, a global or a table's initial value. */
  readonly referenced: ReadonlySet<number>;
  /** The bodies of the functions that are not imported. */
  readonly bodies: readonly Stretch[];
  readonly dataSegments: readonly Stretch[];
  /** Payloads by name, in the file's order. */
  readonly customSections: readonly (Stretch & { readonly name: string })[];
  /** Size of the code and of the data sections in bytes. */
  readonly codeSize: number;
  readonly dataSize: number;
  /** Features beyond the first version that types and sections show; see `scanFunction` for those of instructions. */
  readonly features: ReadonlySet<Feature>;
}

/** A feature that WebAssembly 1.0 does not have. */
export type Feature =
  | 'atomics'
  | 'bulk-memory'
  | 'custom-page-sizes'
  | 'exceptions'
  | 'gc'
  | 'legacy-exceptions'
  | 'memory64'
  | 'multi-memory'
  | 'multi-value'
  | 'mutable-globals'
  | 'nontrapping-fptoint'
  | 'reference-types'
  | 'relaxed-simd'
  | 'sign-ext'
  | 'simd'
  | 'tail-call'
  | 'typed-function-references'
  | 'wide-arithmetic';

/** A module, or where and why the bytes are none. */
export type ReadResult =
  | { readonly kind: 'module'; readonly module: WasmModule }
  | { readonly kind: 'malformed'; readonly offset: number; readonly reason: string };

/** `(i32, i32) -> i32`, as faults show types. */
export function formatFunctionType(type: FunctionType): string {
  const results = type.results.length === 1 ? type.results[0] : `(${type.results.join(', ')})`;
  return `(${type.params.join(', ')}) -> ${results}`;
}

/** True for equal parameters and results. */
export function sameFunctionType(a: FunctionType, b: FunctionType): boolean {
  return formatFunctionType(a) === formatFunctionType(b);
}
