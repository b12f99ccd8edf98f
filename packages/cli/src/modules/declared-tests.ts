/** The environment variable by which `wasmcast test` tells the runner of declared tests what to run, as JSON. */
export const variable = 'WASMCAST_DECLARED_TESTS';

/** See {@link variable}. */
export interface DeclaredTests {
  /** Absolute. */
  readonly module: string;
  /** Absolute, and checked: they have no faults. */
  readonly files: readonly string[];
}
