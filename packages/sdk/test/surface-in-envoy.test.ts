import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { requireComponent, skipNote } from '@wasmcast/testbed';
import { startChain, type Chain } from '../../../examples/filters/testing/filter-in-envoy.ts';
import { built } from './support/build.ts';
import { startGrpcServer } from './support/grpc-server.ts';
import { answers, grpcAnswers, surface } from './support/surface.ts';

const missing = await requireComponent('envoy');

/** The same on our own host: surface.test.ts. */
describe.skipIf(missing !== undefined)(`the whole surface, in a real Envoy${skipNote(missing)}`, () => {
  const started = new AsyncDisposableStack();
  let chain: Chain;
  beforeAll(async () => {
    const modules = new Map([['surface', await built(surface)]]);
    const grpc = started.use(await startGrpcServer());
    chain = started.use(
      await startChain(
        [{ filter: 'surface', config: {} }],
        modules,
        (request, response) => {
          let body = '';
          request.on('data', (part: Buffer) => (body += part.toString()));
          request.on('end', () => {
            const asked = request.url === '/ask';
            response.writeHead(asked ? 201 : 200, { 'x-upstream': 'here' });
            response.end(
              asked
                ? `you asked ${body} with ${String(request.headers['x-from'])}`
                : `checked ${String(request.headers['x-checked'])}`,
            );
          });
        },
        { clusters: { grpc: grpc.port }, http2: ['grpc'] },
      ),
    );
  }, 120_000);
  afterAll(() => started.disposeAsync());

  const ask = (what: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${chain.port}/some?path`, { headers: { 'x-do': what } });

  test.each([...answers, ...grpcAnswers])('%s', async (what, answer) => {
    const response = await ask(what);
    expect(await response.text()).toBe(answer);
    expect(response.headers.get('x-by')).toBe('surface');
    expect(response.headers.get('x-values')).toBe('1+2');
  });

  test('a callout lets its own stream go on, with its headers', async () => {
    expect(await (await ask('call-pass')).text()).toBe('checked 200');
  });

  test('ticks and queues arrive', async () => {
    await vi.waitFor(async () => {
      expect(await (await ask('popped')).text()).toBe('an entry');
      expect(await (await ask('ticks')).text()).toBe('ticked');
    }, 10_000);
  });

  test('nothing of it is a trap, nor when the plugin is removed', async () => {
    await chain[Symbol.asyncDispose]();
    expect(chain.envoy.logs()).not.toMatch(/Uncaught|Function: \w+ failed|wasm vm failed/i);
  });
});
