import { defineConfig } from 'vitest/config';

/** The tests of `npm run test:mesh`: they share one real cluster, so files run one after the other. */
export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.mesh.test.ts',
      'packages/*/test/**/*.mesh.test.ts',
      'tools/**/*.mesh.test.ts',
    ],
    globalSetup: ['tools/mesh-setup.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 2_400_000,
  },
});
