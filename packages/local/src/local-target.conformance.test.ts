import { describeTarget } from '@wasmcast/core/testing';
import { compileFilter, trailFilter } from './testing/filters.ts';
import { startTestMesh } from './testing/meshes.ts';

describeTarget(
  'local',
  async () => {
    const [a, b] = await Promise.all([compileFilter(trailFilter('a')), compileFilter(trailFilter('b'))]);
    const mesh = await startTestMesh();
    return {
      target: mesh.target,
      workloads: {
        first: { namespace: 'shop', name: 'cart', labels: {} },
        second: { namespace: 'shop', labels: { tier: 'back' } },
      },
      modules: { a, b },
      delivery: 'embedded',
      direction: 'inbound',
      rootId: '',
      convergeMs: 10_000,
      pollMs: 10,
      [Symbol.asyncDispose]: () => mesh[Symbol.asyncDispose](),
    };
  },
  { testMs: 20_000, setupMs: 60_000 },
);
