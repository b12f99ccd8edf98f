import type { Chain, FilterVerdict } from '@wasmcast/core';
import { httpGet, requireComponent, skipNote, workloadPort } from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MeshRoom, meshFilter } from './mesh-room.ts';
import { inRegistry } from './mesh.ts';
import { compileModules } from './modules.ts';

const missing = await requireComponent('cluster');
const fleet = 'refused';

// What passes the trial before a rollout may be refused by a sidecar all the same. envoy#43751 says that the VM of a module
// is poisoned then for all that has its key; that is not so with the Envoy of this cluster, and this is how it would show.
describe.skipIf(missing !== undefined)(`a configuration that a sidecar refuses${skipNote(missing)}`, () => {
  let room: MeshRoom;

  beforeAll(async () => {
    room = await MeshRoom.open('refused');
    await room.start('configmap', 'image');
  });

  afterAll(() => room[Symbol.asyncDispose]());

  it.each(['configmap', 'image'] as const)('is not live by %s, and poisons nothing', async (delivery) => {
    const module = await inRegistry(room.cluster, 'refused', (await compileModules()).a);
    const chainOf = (say: string): Chain => {
      const config = { kind: 'json', value: { say } } as const;
      const filter = meshFilter('moody', module, {
        delivery,
        rootId: 'my_root_id',
        config,
        onFailure: 'closed',
      });
      return { workload: room.id(delivery), direction: 'inbound', filters: [filter] };
    };
    const write = (say: string): Promise<void> => room.deliver(fleet, [chainOf(say)], module);
    const verdict = async (say: string): Promise<FilterVerdict | undefined> => {
      const seen = (await room.read(fleet, [chainOf(say)])).flatMap(({ filters }) => filters);
      return seen.find((each) => each.verdict !== 'live') ?? seen[0];
    };
    const goesLive = async (say: string): Promise<void> => {
      await write(say);
      await expect
        .poll(async () => (await verdict(say))?.verdict, { timeout: 120_000, interval: 300 })
        .toBe('live');
      expect(await answer()).toBe(`{"say":"${say}"}`);
    };
    const answer = async (): Promise<unknown> =>
      (await httpGet(await room.address(delivery), workloadPort)).headers['x-filter'];

    await goesLive('one');
    await write('refuse');
    const shown: (FilterVerdict | undefined)[] = [];
    const look = async (): Promise<string | undefined> => {
      shown.push(await verdict('refuse'));
      return shown.at(-1)?.evidence;
    };
    await expect.poll(look, { timeout: 30_000, interval: 300 }).toContain('Envoy refused');
    expect(new Set(shown.map((each) => each?.verdict))).toEqual(new Set(['wrong-config']));
    expect(await answer()).toBe('{"say":"one"}');
    await goesLive('one');
    // The same module with the same VM key, made anew.
    await goesLive('two');
  });
});
