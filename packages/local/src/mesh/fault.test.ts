import type { Sha256 } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import { ask, startUpstream } from '../testing/raw-http.ts';
import { testFilter } from '../testing/rollouts.ts';
import type { FilterRuntime, LoadedModule } from './filter-runtime.ts';
import { openStream, type FilterStream, type StreamExits } from './filter-stream.ts';
import { defaultLimits } from './limits.ts';
import { Service } from './service.ts';

const digest = 'a'.repeat(64) as Sha256;
const module: LoadedModule = { digest, size: 0, bytes: new Uint8Array() };

/** A runtime whose streams are made by the test: it stands for one with a bug, which the real one hopefully has not. */
function runtimeOf(open: (exits: StreamExits) => FilterStream): FilterRuntime {
  return {
    load: () => Promise.resolve(module),
    start: (_module, settings) => Promise.resolve({ module, settings, dead: undefined, dispose: () => {} }),
    open: (_plugins, exits) => open(exits),
  };
}

/** Starts a service whose chain is one filter, and asks it once. */
async function askThrough(
  open: (exits: StreamExits) => FilterStream,
): Promise<{ status: number | undefined; faults: readonly unknown[] }> {
  const faults: unknown[] = [];
  await using upstream = await startUpstream((_request, response) => response.end('ok'));
  await using service = await Service.start(
    { namespace: 'test', name: 'web', labels: {}, port: 0, upstream: upstream.url },
    {
      runtime: runtimeOf(open),
      module: () => module,
      log: () => {},
      fault: (error) => faults.push(error),
    },
    defaultLimits,
  );
  const filters = [testFilter('one', { digest, bytes: new Uint8Array() })];
  const fragment = {
    kind: 'chain',
    fleet: 'f',
    service: { namespace: 'test', name: 'web' },
    direction: 'inbound',
    filters,
  } as const;
  await service.chain.replace('f', fragment, () => true);
  const status = await ask(service.port).then(
    (answer) => answer.status,
    () => undefined,
  );
  return { status, faults };
}

describe('a bug below the mesh', () => {
  it('cuts off the request that met it and is told, and the mesh lives', async () => {
    const bug = new Error('a bug');
    const fail = (): never => {
      throw bug;
    };
    const opening = await askThrough(fail);
    expect(opening).toEqual({ status: undefined, faults: [bug] });
    const inHeaders = await askThrough((exits) => ({
      ...openStream(exits),
      request: { headers: fail, body: fail, trailers: fail },
    }));
    expect(inHeaders).toEqual({ status: undefined, faults: [bug] });
    const inResponse = await askThrough((exits) => ({
      ...openStream(exits),
      response: { headers: fail, body: fail, trailers: fail },
    }));
    expect(inResponse).toEqual({ status: undefined, faults: [bug] });
  });

  it('or a filter that writes no HTTP does not reach upstream', async () => {
    for (const [name, value] of [
      [':path', '/ HTTP/1.1\r\nx: y'],
      [':path', 'relative'],
      [':method', 'GET /'],
      [':authority', 'a\r\nx: y'],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop
      const { status, faults } = await askThrough((exits) => ({
        ...openStream(exits),
        request: {
          ...exits.request,
          headers: (headers, end) =>
            exits.request.headers(
              headers.map((pair) => (pair[0] === name ? [name, value] : pair)),
              end,
            ),
        },
      }));
      expect([name, value, status, faults]).toEqual([name, value, 503, []]);
    }
  });
});
