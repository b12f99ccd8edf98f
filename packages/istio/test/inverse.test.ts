import { hasErrors } from '@wasmcast/core';
import { seeds } from '@wasmcast/core/testing';
import {
  type KubeClient,
  namespaceObject,
  requireComponent,
  type RunningApiServer,
  skipNote,
  startApiServer,
} from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapBounded } from '../../engine/src/concurrency/map-bounded.ts';
import { planApply, planRemove, roll } from './worlds/fleet-runner.ts';
import { openTarget } from './worlds/open-target.ts';
import { type RandomWorld, randomWorld } from './worlds/random-world.ts';
import { differences, snapshot } from './worlds/snapshot.ts';

const missing = await requireComponent('api-server');
const cases = seeds({ slice: 100, full: 1000 }, process.env);
/** Worlds side by side, each in a namespace of its own. */
const atATime = 12;
const worldMs = 180_000;

describe.skipIf(missing !== undefined)(`remove is the inverse of apply${skipNote(missing)}`, () => {
  const stack = new AsyncDisposableStack();
  let server: RunningApiServer;
  let client: KubeClient;

  beforeAll(async () => {
    server = stack.use(await startApiServer());
    client = stack.use(server.client());
  }, 180_000);
  afterAll(() => stack.disposeAsync());

  it(`in ${cases.length} worlds on a real API server`, async () => {
    const failed: string[] = [];
    const written = await mapBounded(cases, atATime, AbortSignal.timeout(3_600_000), async (seed) => {
      try {
        return await inverse(randomWorld(seed));
      } catch (error) {
        failed.push(`WASMCAST_SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`);
        return 0;
      }
    });
    expect(failed).toEqual([]);
    // A world whose fleet is refused proves little, and one that is not touched nothing.
    const touched = written.filter((writes) => writes > 0).length;
    expect(touched).toBeGreaterThanOrEqual(Math.floor(cases.length * 0.6));
  }, 3_600_000);

  /** Builds a world, applies to it, removes from it, and compares; gives how many writes it took. */
  async function inverse(world: RandomWorld): Promise<number> {
    const signal = AbortSignal.timeout(worldMs);
    await client.apply(namespaceObject(world.namespace), signal);
    await Promise.all(world.objects.map((object) => client.apply(object, signal)));
    await using target = await openTarget(server.kubeconfig, world.namespace);
    if (world.neighbour !== undefined) {
      const { plan } = await planApply(target, world.neighbour.fleet, signal);
      if (plan !== undefined) await roll(target, plan, signal, world.neighbour.stopAfter);
    }
    const start = await snapshot(client, world.namespace);

    let writes = 0;
    for (const [i, { fleet, stopAfter }] of world.applies.entries()) {
      // oxlint-disable-next-line no-await-in-loop
      const { plan, diagnostics } = await planApply(target, fleet, signal);
      if (plan === undefined) {
        if (!hasErrors(diagnostics)) throw new Error('neither a plan nor a reason');
        continue;
      }
      // oxlint-disable-next-line no-await-in-loop
      const result = await roll(target, plan, signal, stopAfter);
      writes += result.writes;
      const fine = stopAfter === Infinity ? ['live'] : ['live', 'interrupted'];
      if (!fine.includes(result.outcome)) throw new Error(`apply ${i} ${result.outcome}: ${result.reason}`);
    }
    const [last] = world.applies.slice(-1);
    if (last === undefined) throw new TypeError('a world without a fleet');
    const tries = world.removeInterrupted === undefined ? [Infinity] : [world.removeInterrupted, Infinity];
    for (const stopAfter of tries) {
      // oxlint-disable-next-line no-await-in-loop
      const { plan, diagnostics } = await planRemove(target, last.fleet, signal);
      if (plan === undefined) throw new Error(`not removed: ${diagnostics.map((d) => d.summary).join('; ')}`);
      // oxlint-disable-next-line no-await-in-loop
      const result = await roll(target, plan, signal, stopAfter);
      const fine = stopAfter === Infinity ? ['live'] : ['live', 'interrupted'];
      if (!fine.includes(result.outcome)) throw new Error(`remove ${result.outcome}: ${result.reason}`);
    }
    const different = differences(start, await snapshot(client, world.namespace));
    if (different.length > 0) throw new Error(`not as it was: ${different.join('; ')}`);
    await client.delete(namespaceObject(world.namespace), signal);
    return writes;
  }
});
