import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type FaultyApi,
  type KubeClient,
  namespaceObject,
  requireComponent,
  type RunningApiServer,
  skipNote,
  startApiServer,
  startFaultyApi,
} from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planApply, planRemove, roll } from './worlds/fleet-runner.ts';
import { openTarget } from './worlds/open-target.ts';
import { uniformFleet, uniformNamespaces, uniformWorkloads } from './worlds/uniform-world.ts';

const missing = await requireComponent('api-server');
const full = process.env['WASMCAST_FULL'] === '1';
const sizes = (full ? [100, 1000, 3000] : [30, 90]).map((workloads) => ({
  workloads,
  namespaces: workloads / 10,
  filters: 3,
}));
const timeoutMs = full ? 1_200_000 : 180_000;

/** What one apply asked of the API server. */
interface Asked {
  readonly reads: number;
  readonly writes: number;
}

describe.skipIf(missing !== undefined)(`what a batch asks of an API server${skipNote(missing)}`, () => {
  const stack = new AsyncDisposableStack();
  let server: RunningApiServer;
  let client: KubeClient;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'scale-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    server = stack.use(await startApiServer());
    client = stack.use(server.client());
  }, 180_000);
  afterAll(() => stack.disposeAsync());

  it(
    'is a write for each object and a constant, nothing to write the second time, and reads that do not grow with workloads',
    async () => {
      const counted: { readonly again: Asked; readonly extra: number }[] = [];
      for (const size of sizes) {
        const objects = size.workloads * size.filters;
        const fleet = uniformFleet(`scale-${size.workloads}`, size);
        const signal = AbortSignal.timeout(timeoutMs);
        // oxlint-disable-next-line no-await-in-loop
        await Promise.all(uniformNamespaces(size).map((name) => client.apply(namespaceObject(name), signal)));
        // oxlint-disable-next-line no-await-in-loop
        await Promise.all(uniformWorkloads(size).map((object) => client.apply(object, signal)));
        const command = async (plan: typeof planApply): Promise<Asked> => {
          await using api = await startFaultyApi(server.access, folder, () => undefined);
          await using target = await openTarget(api.kubeconfig, 'istio-system');
          const planned = await plan(target, fleet, signal);
          if (planned.plan === undefined) throw new Error(planned.diagnostics[0]?.summary);
          const { outcome, reason } = await roll(target, planned.plan, signal);
          expect([outcome, reason]).toEqual(['live', undefined]);
          return asked(api);
        };
        // oxlint-disable-next-line no-await-in-loop
        const first = await command(planApply);
        // oxlint-disable-next-line no-await-in-loop
        const again = await command(planApply);
        // oxlint-disable-next-line no-await-in-loop
        const removed = await command(planRemove);
        counted.push({ again, extra: first.writes - objects });
        expect(again.writes).toBe(0);
        expect(first.writes).toBeGreaterThanOrEqual(objects);
        expect(removed.writes).toBeGreaterThanOrEqual(objects);
      }
      // The lock, the record of the rollout and the revision: the same for any size, and below 5 % of 300 objects.
      expect(new Set(counted.map(({ extra }) => extra)).size).toBe(1);
      expect(counted[0]?.extra).toBeLessThanOrEqual(15);
      const [small, large] = [counted[0], counted.at(-1)];
      const namespaces = (sizes.at(-1)?.namespaces ?? 0) - (sizes[0]?.namespaces ?? 0);
      // A namespace is read for its labels; lists have more pages.
      const growth = (large?.again.reads ?? 0) - (small?.again.reads ?? 0);
      expect(growth).toBeLessThanOrEqual(3 * namespaces);
    },
    timeoutMs * 2,
  );
});

/** Reviews store nothing, and are no writes. */
function asked({ seen }: FaultyApi): Asked {
  const writes = seen.filter(({ method, path: where }) => method !== 'GET' && !where.includes('reviews'));
  return { reads: seen.length - writes.length, writes: writes.length };
}
