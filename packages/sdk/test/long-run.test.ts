import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { loadFilter, type TestFilter } from '@wasmcast/host/testing';
import { VmThread } from '@wasmcast/host';
import { requireComponent, skipNote, startEnvoy, type RunningEnvoy } from '@wasmcast/testbed';
import { bootstrap, discovered } from '../../../examples/filters/testing/envoy-config.ts';
import { built } from './support/build.ts';
import { busy, busyConfig } from './support/busy.ts';

const full = env['WASMCAST_FULL'] === '1';
/** The promise is for a million requests and ten thousand reconfigurations; a slice of it shows a leak of a few bytes as well. */
const onHost = full ? { requests: 1_000_000, changes: 10_000 } : { requests: 4000, changes: 500 };
const inEnvoy = full ? { requests: 100_000, changes: 1000 } : { requests: 2000, changes: 100 };

const missing = await requireComponent('envoy');
const headers = { 'x-in': 'value', 'x-large': 'b'.repeat(2000) };
const body = 'a'.repeat(2000);
let wasm: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  wasm = await built(busy);
}, 60_000);

describe(`memory is flat over ${onHost.requests} requests and ${onHost.changes} configurations`, () => {
  const start = (thread: VmThread, generation: number): Promise<TestFilter> =>
    loadFilter(wasm, { thread, config: busyConfig(generation) });

  test('on the host', { timeout: 1_800_000 }, async () => {
    const thread = new VmThread();
    let filter = await start(thread, 0);
    const pagesAfter = async (requests: number): Promise<bigint | undefined> => {
      for (let i = 0; i < requests; i++) await filter.request({ method: 'POST', headers, body });
      return filter.metrics.value('pages');
    };
    const early = await pagesAfter(onHost.requests / 10);
    expect(early).toBeGreaterThan(0n);
    expect(await pagesAfter((onHost.requests * 9) / 10)).toBe(early);

    let warm: bigint | undefined;
    for (let generation = 1; generation <= onHost.changes; generation++) {
      const next = await start(thread, generation);
      await filter[Symbol.asyncDispose]();
      filter = next;
      if (generation === onHost.changes / 10) warm = await pagesAfter(1);
    }
    const { response } = await filter.request({ method: 'POST', headers, body });
    expect(response?.headers['x-generation']).toBe(String(onHost.changes));
    expect(await pagesAfter(1)).toBe(warm);
    // All of them were in one VM.
    expect(thread.size).toBe(1);
    await filter[Symbol.asyncDispose]();
    expect(filter.logs).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)(
  `over ${inEnvoy.requests} requests and ${inEnvoy.changes} configurations in a real Envoy${skipNote(missing)}`,
  () => {
    test('memory is flat, and nothing is a trap, to the end', { timeout: 1_800_000 }, async () => {
      await using started = new AsyncDisposableStack();
      const folder = await mkdtemp(join(tmpdir(), 'long-run-'));
      started.defer(() => rm(folder, { recursive: true, force: true }));
      await writeFile(join(folder, 'busy.wasm'), wasm);
      const file = join(folder, 'filter.json');
      const configure = async (generation: number): Promise<void> => {
        const link = { filter: 'busy', config: busyConfig(generation) };
        await writeFile(`${file}.next`, discovered({ folder }, link, generation));
        await rename(`${file}.next`, file);
      };
      await configure(0);
      const envoy = started.use(await startBehind(folder, file, started));
      const url = `http://127.0.0.1:${await envoy.listenerPort('main')}/`;
      const ask = async (): Promise<string | null> => {
        const response = await fetch(url, { method: 'POST', headers, body });
        await response.text();
        expect(response.headers.get('x-out')).toBe('value!');
        return response.headers.get('x-generation');
      };
      const pages = async (): Promise<string> => envoy.adminGet('/stats?filter=wasmcustom.pages');
      const pagesAfter = async (requests: number): Promise<string> => {
        for (let i = 0; i < requests; i += 20) await Promise.all(Array.from({ length: 20 }, ask));
        return pages();
      };
      const early = await pagesAfter(inEnvoy.requests / 10);
      expect(early).toMatch(/wasmcustom\.pages: [1-9]/);
      expect(await pagesAfter((inEnvoy.requests * 9) / 10)).toBe(early);

      let warm = '';
      for (let generation = 1; generation <= inEnvoy.changes; generation++) {
        await configure(generation);
        await vi.waitFor(async () => expect(await ask()).toBe(String(generation)), {
          timeout: 20_000,
          interval: 5,
        });
        if (generation === inEnvoy.changes / 2) warm = await pages();
      }
      expect(await pages()).toBe(warm);
      await envoy.stop();
      expect(envoy.logs()).not.toMatch(/Uncaught|Function: \w+ failed|wasm vm failed/i);
    });
  },
);

/** An Envoy whose filter is discovered from a file, before a server that takes and answers. */
async function startBehind(
  folder: string,
  file: string,
  started: AsyncDisposableStack,
): Promise<RunningEnvoy> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end('ok'));
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  started.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const links = [{ filter: 'busy', config: null, discoveredFrom: file }];
  return startEnvoy(JSON.stringify(bootstrap({ folder, links, clusters: { upstream: port } })));
}
