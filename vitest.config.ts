import { defineConfig } from 'vitest/config';

/** The tests of `npm test`: everything that needs no cluster. `--mode full` tries all cases of those that take a slice. */
export default defineConfig(({ mode }) => ({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'tools/**/*.test.ts',
      'bench/**/*.test.ts',
      'examples/**/*.test.ts',
    ],
    exclude: ['**/*.mesh.test.ts', '**/node_modules/**', '**/dist/**', '**/templates/**'],
    testTimeout: 30_000,
    ...(mode === 'full' && { env: { WASMCAST_FULL: '1' } }),
  },
}));
