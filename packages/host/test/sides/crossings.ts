import { wasm, type WasmExports } from '../../src/vm/web-assembly.ts';

type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type AnyFunction = (...args: (number | bigint)[]) => number | bigint | undefined;

/**
 * Writes down every call over the border of the modules that are instantiated while this is in use, in the words of
 * Envoy's trace log (cpp-host src/v8/v8.cc). The host has no hook for it, which would cost every host call something: the
 * functions are wrapped where a module gets them.
 */
export class CrossingRecorder implements Disposable {
  #lines: string[] | undefined;
  readonly #instance = wasm.Instance;

  constructor() {
    const { Instance } = wasm;
    const wrapImports = (imports: Imports): Imports => this.#wrapImports(imports);
    const wrapExports = (exports: WasmExports): WasmExports => this.#wrapExports(exports);
    const Traced = class {
      readonly exports: WasmExports;
      constructor(module: ConstructorParameters<typeof Instance>[0], imports: Imports) {
        this.exports = wrapExports(new Instance(module, wrapImports(imports)).exports);
      }
    };
    Object.assign(wasm, { Instance: Traced });
  }

  /** Where to write from now on; `undefined`: nowhere. */
  writeTo(lines: string[] | undefined): void {
    this.#lines = lines;
  }

  /** A line between the crossings. */
  note(line: string): void {
    this.#lines?.push(line);
  }

  [Symbol.dispose](): void {
    Object.assign(wasm, { Instance: this.#instance });
  }

  #wrapImports(imports: Imports): Imports {
    const wrapped: Record<string, Record<string, unknown>> = {};
    for (const [module, functions] of Object.entries(imports)) {
      wrapped[module] = {};
      for (const [name, value] of Object.entries(functions)) {
        const traced =
          typeof value === 'function'
            ? this.#traced(value as AnyFunction, `${module}.${name}`, '[vm->host]', '[vm<-host]')
            : value;
        wrapped[module][name] = traced;
      }
    }
    return wrapped;
  }

  #wrapExports(exports: WasmExports): WasmExports {
    return Object.fromEntries(
      Object.entries(exports).map(([name, value]) => [
        name,
        typeof value === 'function'
          ? this.#traced(value as AnyFunction, name, '[host->vm]', '[host<-vm]', value.length)
          : value,
      ]),
    );
  }

  /** `parameters`: what the function takes, which is all that crosses the border, whatever JavaScript gives it. */
  #traced(run: AnyFunction, name: string, there: string, back: string, parameters?: number): AnyFunction {
    return (...args) => {
      this.note(`${there} ${name}(${args.slice(0, parameters).map(text).join(', ')})`);
      const result = run(...args);
      this.note(`${back} ${name} return: ${result === undefined ? 'void' : text(result)}`);
      return result;
    };
  }
}

/** Integers are written without sign. */
function text(value: number | bigint): string {
  return String(typeof value === 'bigint' ? BigInt.asUintN(64, value) : value >>> 0);
}
