import { env } from 'node:process';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { loadFilter, type TestFilter } from '@wasmcast/host/testing';
import { VmThread } from '@wasmcast/host';
import { requireComponent, skipNote } from '@wasmcast/testbed';
import { built } from './support/build.ts';
import { busy, busyConfig } from './support/busy.ts';
import { startDiscovered, type DiscoveredFilter } from './support/discovered-filter.ts';

const full = env['WASMCAST_FULL'] === '1';
/** The promise is for a million requests and ten thousand configurations; a slice of it shows a leak of a few bytes as well. */
const [onHost, inEnvoy] = full
  ? [
      { requests: 1_000_000, changes: 10_000 },
      { requests: 1_000_000, changes: 10_000 },
    ]
  : [
      { requests: 4000, changes: 500 },
      { requests: 2000, changes: 100 },
    ];
const timeout = 1_800_000;

const missing = await requireComponent('envoy');
const headers = { 'x-in': 'value', 'x-large': 'b'.repeat(2000) };
const body = 'a'.repeat(2000);
let wasm: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  wasm = await built(busy);
}, 60_000);

describe('on the host memory is flat, to the page', () => {
  const thread = new VmThread();
  // A deadline for each callback would take most of the time.
  const start = (generation: number): Promise<TestFilter> =>
    loadFilter(wasm, { thread, config: busyConfig(generation), deadlineMs: 0 });
  /** Pages of memory after so many requests. */
  const pagesAfter = async (filter: TestFilter, requests: number): Promise<bigint | undefined> => {
    for (let i = 0; i < requests; i++) await filter.request({ method: 'POST', headers, body });
    return filter.metrics.value('pages');
  };

  test(`over ${onHost.requests} requests`, { timeout }, async () => {
    await using filter = await start(0);
    const early = await pagesAfter(filter, onHost.requests / 10);
    expect(early).toBeGreaterThan(0n);
    expect(await pagesAfter(filter, (onHost.requests * 9) / 10)).toBe(early);
  });

  test(`over ${onHost.changes} configurations`, { timeout }, async () => {
    let filter = await start(0);
    let warm: bigint | undefined;
    for (let generation = 1; generation <= onHost.changes; generation++) {
      const next = await start(generation);
      await filter[Symbol.asyncDispose]();
      filter = next;
      if (generation === onHost.changes / 10) warm = await pagesAfter(filter, 1);
    }
    const { response } = await filter.request({ method: 'POST', headers, body });
    expect(response?.headers['x-generation']).toBe(String(onHost.changes));
    expect(await pagesAfter(filter, 1)).toBe(warm);
    // All of them were in one VM.
    expect(thread.size).toBe(1);
    await filter[Symbol.asyncDispose]();
    expect(filter.logs).toEqual([]);
  });
});

/** How many requests and plugins are there at a time is Envoy's affair, so a page more or less says nothing; a leak is many. */
describe.skipIf(missing !== undefined)(
  `in a real Envoy memory is flat, and nothing is a trap, to the end${skipNote(missing)}`,
  () => {
    const start = (): Promise<DiscoveredFilter> =>
      startDiscovered(wasm, busyConfig(0), (request, response) => {
        request.resume().on('end', () => response.end('ok'));
      });
    const ask = async ({ url }: DiscoveredFilter): Promise<string | null> => {
      const response = await fetch(url, { method: 'POST', headers, body });
      await response.text();
      expect(response.headers.get('x-out')).toBe('value!');
      return response.headers.get('x-generation');
    };
    const pages = async ({ envoy }: DiscoveredFilter): Promise<number> => {
      const [, found] = /^wasmcustom\.pages: (\d+)$/m.exec(await envoy.adminGet('/stats')) ?? [];
      return Number(found);
    };
    const end = async ({ envoy }: DiscoveredFilter): Promise<void> => {
      await envoy.stop();
      expect(envoy.logs()).not.toMatch(/Uncaught|Function: \w+ failed|wasm vm failed/i);
    };

    test(`over ${inEnvoy.requests} requests`, { timeout }, async () => {
      await using filter = await start();
      const pagesAfter = async (requests: number): Promise<number> => {
        for (let i = 0; i < requests; i += 20)
          await Promise.all(Array.from({ length: 20 }, () => ask(filter)));
        return pages(filter);
      };
      const early = await pagesAfter(inEnvoy.requests / 10);
      expect(early).toBeGreaterThan(0);
      expect(await pagesAfter((inEnvoy.requests * 9) / 10)).toBeLessThanOrEqual(early + 1);
      await end(filter);
    });

    test(`over ${inEnvoy.changes} configurations`, { timeout }, async () => {
      await using filter = await start();
      let warm = 0;
      for (let generation = 1; generation <= inEnvoy.changes; generation++) {
        await filter.configure(busyConfig(generation));
        await vi.waitFor(async () => expect(await ask(filter)).toBe(String(generation)), {
          timeout: 20_000,
          interval: 5,
        });
        if (generation === inEnvoy.changes / 10) warm = await pages(filter);
      }
      expect(warm).toBeGreaterThan(0);
      expect(await pages(filter)).toBeLessThanOrEqual(warm + 1);
      await end(filter);
    });
  },
);
