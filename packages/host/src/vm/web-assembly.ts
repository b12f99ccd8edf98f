/** A compiled module. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

/** The memory of an instance; `buffer` is another one after each growth. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}

/** What an instance exports, by name. */
export type WasmExports = Readonly<Record<string, unknown>>;

interface WasmApi {
  readonly compile: (bytes: Uint8Array) => Promise<WasmModule>;
  readonly Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: WasmExports };
  readonly Memory: new (limits: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: boolean;
  }) => WasmMemory;
  readonly Table: new (limits: {
    readonly element: 'anyfunc';
    readonly initial: number;
    readonly maximum?: number;
  }) => object;
}

/** V8's WebAssembly, with the types of what is used here: the types of Node alone do not have it. */
export const wasm = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;
