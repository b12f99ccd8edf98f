import type { InstanceStats } from '@wasmcast/core';
import { httpGet, requireComponent, skipNote, workloadObject, workloadPort } from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MeshRoom, meshFilter } from './mesh-room.ts';
import { compileModules } from './modules.ts';

const missing = await requireComponent('cluster');

// The sidecars here are not of Istio's own Envoy, which alone has Istio's metrics: these are Envoy's counters.
describe.skipIf(missing !== undefined)(`the counters of sidecars${skipNote(missing)}`, () => {
  let room: MeshRoom;
  let address: string;

  beforeAll(async () => {
    room = await MeshRoom.open('counting');
    const { cluster, client, namespace } = room;
    await client.apply(workloadObject(cluster, { namespace, name: 'silent', counted: false }));
    await room.start('counting');
    address = await room.address('counting');
    await room.address('silent');
  });

  afterAll(() => room[Symbol.asyncDispose]());

  const measure = async (
    name: string,
    direction: 'inbound' | 'outbound' = 'inbound',
  ): Promise<InstanceStats | undefined> => {
    const all: InstanceStats[] = [];
    for await (const stats of room.target.measure(
      [{ workload: room.id(name), directions: [direction] }],
      AbortSignal.timeout(30_000),
    ))
      all.push(stats);
    expect(all).toHaveLength(1);
    return all[0];
  };
  const statuses = async (count: number): Promise<readonly number[]> => {
    const answers = await Promise.all(Array.from({ length: count }, () => httpGet(address, workloadPort)));
    return answers.map(({ status }) => status);
  };

  it('are those of what clients saw', async () => {
    const before = await measure('counting');
    expect(before).toMatchObject({ errors: 0, vmFailures: 0, restarts: 0, ready: true });
    expect(before?.memoryBytes).toBeGreaterThan(1_000_000);
    expect(new Set(await statuses(30))).toEqual(new Set([200]));
    expect(await measure('counting')).toMatchObject({ requests: (before?.requests ?? 0) + 30, errors: 0 });
    // What reaches a workload says nothing of filters on what leaves it.
    expect((await measure('counting', 'outbound'))?.requests ?? 0).toBe(0);
    // Envoy merges its histograms every five seconds.
    await expect.poll(async () => (await measure('counting'))?.p99Ms, { timeout: 15_000 }).toBeGreaterThan(0);
  });

  it('say why there are none', async () => {
    const stats = await measure('silent');
    expect(stats).toMatchObject({ restarts: 0, ready: true, vmFailures: 0 });
    expect(stats).not.toHaveProperty('requests');
    expect(stats?.fault).toContain('statsInclusionRegexps');
  });

  it('have the deaths of filters, and what their clients got', async () => {
    const { a } = await compileModules();
    const filter = meshFilter('bad', a, { config: { kind: 'text', text: 'trap' }, onFailure: 'closed' });
    const workload = room.id('counting');
    await room.deliver('counting', [{ workload, direction: 'inbound', filters: [filter] }], a);
    address = await room.address('counting');
    const before = await measure('counting');
    const failed = (await statuses(20)).filter((status) => status === 503).length;
    expect(failed).toBe(20);
    const after = await measure('counting');
    expect(after?.vmFailures).toBeGreaterThan(before?.vmFailures ?? Infinity);
    expect((after?.errors ?? 0) - (before?.errors ?? 0)).toBe(20);
    expect((after?.requests ?? 0) - (before?.requests ?? 0)).toBe(20);
  });
});
