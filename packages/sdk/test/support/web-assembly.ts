/** The part of the WebAssembly API that the tests use: TypeScript only has its types with those of a browser. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export interface WasmModule {
  readonly kind?: 'module';
}

interface Api {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  instantiate(module: WasmModule, imports: object): Promise<{ readonly exports: Record<string, unknown> }>;
  readonly Module: {
    exports(module: WasmModule): { readonly name: string; readonly kind: string }[];
    imports(module: WasmModule): { readonly module: string; readonly name: string }[];
  };
}

export const wasmApi = (globalThis as unknown as { readonly WebAssembly: Api }).WebAssembly;
