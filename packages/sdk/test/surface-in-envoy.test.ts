import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { requireComponent, skipNote } from '@wasmcast/testbed';
import { startChain, startProxy, type Chain } from '../../../examples/filters/testing/filter-in-envoy.ts';
import { alwaysExported, callbacks } from '../src/callbacks.ts';
import { built } from './support/build.ts';
import { startDiscovered } from './support/discovered-filter.ts';
import { startGrpcServer } from './support/grpc-server.ts';
import { distinct, heard, life, lived, said, tunnel, tunnelled } from './support/life-surface.ts';
import { answers, grpcAnswers, surface } from './support/surface.ts';
import { sendTrailers, startTrailerServer } from './support/trailers.ts';

const missing = await requireComponent('envoy');
/** With these Envoy says what crosses between it and the module. */
const traced = { args: ['--component-log-level', 'wasm:trace'] };
const crossed = new Set<string>();
const trap = /Uncaught|Function: \w+ failed|wasm vm failed/i;
/** Of an Envoy that has ended. */
function takeCrossings(log: string): void {
  for (const [, name = ''] of log.matchAll(/\[(?:host->vm|vm->host)\] (?:env\.)?(\w+)\(/g)) crossed.add(name);
}
/** What the filters have logged, each line once. */
function logged(log: string): readonly string[] {
  return distinct([...log.matchAll(/ wasm log[^:\n]*: (.*)$/gm)].map(([, line = '']) => line));
}

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
        traced,
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

  test('trailers are read and changed in both directions', { timeout: 60_000 }, async () => {
    await using server = await startTrailerServer({ 'x-secret': 's', 'x-other': 'o' });
    const modules = new Map([['surface', await built(surface)]]);
    const links = [{ filter: 'surface', config: '' }];
    const clusters = { upstream: server.port };
    await using proxy = await startProxy({ links, clusters, http2: ['upstream'] }, modules, traced);
    expect(await sendTrailers(proxy.port, { 'x-trailer': 'a' })).toEqual({ 'x-other': 'o', 'x-count': '1' });
    expect(server.received).toEqual({ 'x-trailer': 'a!' });
    await proxy[Symbol.asyncDispose]();
    expect(proxy.envoy.logs()).not.toMatch(trap);
    takeCrossings(proxy.envoy.logs());
  });

  test('nothing of it is a trap, nor when the plugin is removed', async () => {
    await chain[Symbol.asyncDispose]();
    expect(chain.envoy.logs()).not.toMatch(trap);
    takeCrossings(chain.envoy.logs());
  });

  test('streams and the plugin live and go', { timeout: 60_000 }, async () => {
    await using filter = await startDiscovered(
      await built(life),
      'once',
      (request, response) => {
        let body = '';
        request.on('data', (part: Buffer) => (body += part.toString()));
        request.on('end', () => response.end(heard(body, request.headers['x-new'])));
      },
      traced,
    );
    const { envoy, url } = filter;
    const response = await fetch(url, { method: 'POST', body: 'hello', headers: { 'x-old': 'old' } });
    expect([response.status, await response.text()]).toEqual([200, said]);
    await expect(fetch(url, { headers: { 'x-reset': '1' } })).rejects.toThrow('fetch failed');
    await filter.configure('another');
    await envoy.logged((log) => /: done: /.exec(log)?.[0]);
    await filter[Symbol.asyncDispose]();
    expect(logged(envoy.logs())).toEqual(lived);
    expect(envoy.logs()).not.toMatch(trap);
    takeCrossings(envoy.logs());
  });

  test('connections are read, changed and closed', { timeout: 60_000 }, async () => {
    const received: string[] = [];
    await using server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      socket.on('end', () => socket.destroy());
      socket.on('data', (data: Buffer) => {
        received.push(data.toString());
        socket.end('welcome');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const clusters = { upstream: (server.address() as AddressInfo).port };
    const modules = new Map([['tunnel', await built(tunnel)]]);
    const links = [{ filter: 'tunnel', config: '' }];
    await using proxy = await startProxy({ protocol: 'tcp', links, clusters }, modules, traced);
    const client = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
    client.write('hello');
    let answer = '';
    client.on('data', (data: Buffer) => (answer += data.toString()));
    await once(client, 'end');
    client.write('stop');
    // Both directions are closed then, of which the client hears nothing more.
    await proxy.envoy.logged((log) => / wasm log.*: over/.exec(log)?.[0]);
    client.destroy();
    await proxy[Symbol.asyncDispose]();
    expect([received.join(''), answer]).toEqual(['hello>', '<welcome']);
    expect(logged(proxy.envoy.logs())).toEqual(tunnelled);
    expect(proxy.envoy.logs()).not.toMatch(trap);
    takeCrossings(proxy.envoy.logs());
  });

  test('all that was told here has every callback and every host call of the SDK', async () => {
    const source = await readFile(new URL('../assembly/abi/env.ts', import.meta.url), 'utf8');
    const hostCalls = [...source.matchAll(/^export declare function (\w+)/gm)].map(([, name = '']) => name);
    expect(hostCalls.length).toBeGreaterThan(30);
    const all = [...hostCalls, ...alwaysExported, ...callbacks.map(({ exportName }) => exportName)];
    // The callback of foreign functions: Envoy has none that calls back.
    expect(all.filter((name) => !crossed.has(name))).toEqual(['proxy_on_foreign_function']);
  });
});
