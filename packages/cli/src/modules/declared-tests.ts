import path from 'node:path';

/** The file that runs them. Of the same kind as this one: TypeScript in the checkout, JavaScript as published. */
export const runner = path.join(
  import.meta.dirname,
  `run-declared-tests${path.extname(import.meta.filename)}`,
);

/** The environment variable by which `wasmcast test` tells the runner of declared tests what to run, as JSON. */
export const variable = 'WASMCAST_DECLARED_TESTS';

/** See {@link variable}. */
export interface DeclaredTests {
  /** Absolute. */
  readonly module: string;
  /** Absolute, and checked: they have no faults. */
  readonly files: readonly string[];
}
