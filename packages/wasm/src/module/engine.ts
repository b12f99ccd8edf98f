/** The engine's own WebAssembly, typed for what is used here: the compiler's types for it come only with those of the DOM. */
interface Engine {
  validate(bytes: Uint8Array): boolean;
  readonly Module: {
    new (bytes: Uint8Array): EngineModule;
    imports(
      module: EngineModule,
    ): { readonly module: string; readonly name: string; readonly kind: string }[];
    exports(module: EngineModule): { readonly name: string; readonly kind: string }[];
    customSections(module: EngineModule, name: string): ArrayBuffer[];
  };
  readonly Instance: new (
    module: EngineModule,
    imports?: Imports,
  ) => { readonly exports: Record<string, Export> };
  readonly RuntimeError: new () => Error;
}

type Imports = Readonly<Record<string, Readonly<Record<string, (...args: number[]) => number | void>>>>;

/** A compiled module. */
export interface EngineModule {
  readonly engine: unique symbol;
}

/** An exported function; of a memory only the buffer is used. */
export interface Export {
  (...args: number[]): number;
  readonly buffer: ArrayBuffer;
}

export const WebAssembly = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
