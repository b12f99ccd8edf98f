import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Fleet, type Plan, type Target, WasmcastError } from '@wasmcast/core';
import { seeds } from '@wasmcast/core/testing';
import {
  type ApiFault,
  type ChooseFault,
  type KubeClient,
  namespaceObject,
  requireComponent,
  type RunningApiServer,
  skipNote,
  startApiServer,
  startFaultyApi,
} from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapBounded } from '../../engine/src/concurrency/map-bounded.ts';
import { Random } from '../../engine/src/testing/random.ts';
import { planApply, planRemove, roll } from './worlds/fleet-runner.ts';
import { openTarget } from './worlds/open-target.ts';
import { randomWorld } from './worlds/random-world.ts';
import { anonymous, differences, snapshot, type Snapshot } from './worlds/snapshot.ts';

const missing = await requireComponent('api-server');
const cases = seeds({ slice: 12, full: 500 }, process.env);
const atATime = 8;
const share = 0.05;
/** Small pages, so that lists have some; a short patience, so that a server that is silent costs a second. */
const limits = { pageSize: 3, requestMs: 2000 };

const always: readonly ApiFault[] = ['busy', 'broken', 'dropped', 'lost', 'half', 'twice', 'silent'];

/** Five of a hundred requests go wrong, each in one of the ways that its kind can. */
function faultsOf(seed: number): ChooseFault {
  const random = new Random(seed);
  return (request) => {
    if (!random.chance(share)) return undefined;
    const ways = [...always, ...waysOf(request)];
    return ways[random.below(ways.length)];
  };
}

function waysOf({ method, path: asked }: Parameters<ChooseFault>[0]): readonly ApiFault[] {
  // A review stores nothing that could conflict.
  if (method === 'PATCH' || (method === 'POST' && !asked.includes('reviews'))) return ['conflict'];
  return asked.includes('continue=') ? ['expired', 'expired'] : [];
}

describe.skipIf(missing !== undefined)(`an API server that misbehaves${skipNote(missing)}`, () => {
  const stack = new AsyncDisposableStack();
  let server: RunningApiServer;
  let client: KubeClient;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'faults-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    server = stack.use(await startApiServer());
    client = stack.use(server.client());
  }, 180_000);
  afterAll(() => stack.disposeAsync());

  it(`leads to the same end, for at most twice the requests: ${cases.length} worlds, 5 % of all requests`, async () => {
    const failed: string[] = [];
    const counts = await mapBounded(cases, atATime, AbortSignal.timeout(3_600_000), async (seed) => {
      try {
        return await compare(seed);
      } catch (error) {
        failed.push(`WASMCAST_SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`);
        return { calm: 0, disturbed: 0, faults: 0 };
      }
    });
    const sum = (of: keyof (typeof counts)[number]): number =>
      counts.reduce((total, count) => total + count[of], 0);
    expect(failed).toEqual([]);
    expect(sum('faults')).toBeGreaterThan(cases.length / 4);
    expect(sum('disturbed')).toBeLessThanOrEqual(2 * sum('calm'));
  }, 3_600_000);

  /** Applies and removes a world's fleet twice: as it should be, and disturbed. */
  async function compare(seed: number): Promise<{ calm: number; disturbed: number; faults: number }> {
    const world = randomWorld(seed);
    const fleet = world.applies.at(-1)?.fleet;
    if (fleet === undefined) throw new TypeError('a world without a fleet');
    const signal = AbortSignal.timeout(300_000);
    await client.apply(namespaceObject(world.namespace), signal);
    await Promise.all(world.objects.map((object) => client.apply(object, signal)));
    const start = await snapshot(client, world.namespace);

    const calm = await through(() => undefined, world.namespace, fleet, signal);
    const disturbed = await through(faultsOf(seed), world.namespace, fleet, signal);
    const wrong = [
      ...differences(anonymous(calm.applied), anonymous(disturbed.applied)).map((d) => `applied: ${d}`),
      ...differences(start, calm.removed).map((d) => `calmly removed: ${d}`),
      ...differences(start, disturbed.removed).map((d) => `removed: ${d}`),
    ];
    if (wrong.length > 0) throw new Error(wrong.join('; '));
    await client.delete(namespaceObject(world.namespace), signal);
    return { calm: calm.requests, disturbed: disturbed.requests, faults: disturbed.faults };
  }

  async function through(
    choose: ChooseFault,
    namespace: string,
    fleet: Fleet,
    signal: AbortSignal,
  ): Promise<{ applied: Snapshot; removed: Snapshot; requests: number; faults: number }> {
    await using api = await startFaultyApi(server.access, folder, choose);
    await using target = await openTarget(api.kubeconfig, namespace, limits);
    await again(async () => {
      const { plan } = await planApply(target, fleet, signal);
      if (plan !== undefined) await rollLive(target, plan, signal);
    });
    const applied = await snapshot(client, namespace);
    await again(async () => {
      const { plan } = await planRemove(target, fleet, signal);
      if (plan === undefined) throw new Error('remove is refused');
      await rollLive(target, plan, signal);
    });
    const removed = await snapshot(client, namespace);
    const faults = api.seen.filter((request) => request.fault !== undefined).length;
    return { applied, removed, requests: api.seen.length, faults };
  }
});

/** Throws unless all is live. */
async function rollLive(target: Target, plan: Plan, signal: AbortSignal): Promise<void> {
  const { outcome, reason, error } = await roll(target, plan, signal);
  if (outcome === 'live') return;
  throw error instanceof WasmcastError ? error : new Error(`${plan.cause} ${outcome}: ${reason}`);
}

/** As a person does it: a command that ends because the server cannot be reached (exit 69) is given again. */
async function again(command: () => Promise<void>, tries = 3): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (tries === 1 || !(error instanceof WasmcastError) || error.exit !== 'unreachable') throw error;
    await again(command, tries - 1);
  }
}
