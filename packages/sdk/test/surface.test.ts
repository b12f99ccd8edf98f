import { beforeAll, describe, expect, test } from 'vitest';
import { VmThread } from '@wasmcast/host';
import { loadFilter, type TestGrpcCall } from '@wasmcast/host/testing';
import { built } from './support/build.ts';
import { distinct, heard, life, lived, said, tunnel, tunnelled } from './support/life-surface.ts';
import { answers, grpcAnswers, surface } from './support/surface.ts';

/** The same in a real Envoy: surface-in-envoy.test.ts. */
describe('the whole surface, on the host', () => {
  let wasm: Uint8Array;
  beforeAll(async () => {
    wasm = await built(surface);
  }, 120_000);

  const clusters = {
    upstream: (call: { body: string; headers: readonly string[] }) => ({
      status: 201,
      headers: { 'x-upstream': 'here' },
      body: `you asked ${call.body} with ${call.headers[call.headers.indexOf('x-from') + 1]}`,
    }),
  };

  test.each(answers)('%s', async (what, answer) => {
    await using filter = await loadFilter(wasm, { clusters });
    const { response } = await filter.request({ path: '/some?path', headers: { 'x-do': what } });
    expect(response).toMatchObject({
      status: 200,
      body: answer,
      headers: { 'x-by': 'surface', 'x-values': '1+2' },
    });
  });

  // As the server does that Envoy speaks to in the other test.
  const grpc = {
    grpc: (call: TestGrpcCall) => {
      const text = Buffer.concat(call.sent).toString();
      if (!call.isStream) {
        if (text === 'fail') call.fail(5, 'no such thing{via_upstream}');
        else call.reply(`${text} from surface`);
        return;
      }
      call.initialMetadata({ 'x-first': 'hello' });
      for (const message of call.sent) call.message(message);
      call.trailingMetadata({ 'x-last': 'bye' });
      call.close();
    },
  };

  test.each(grpcAnswers)('%s', async (what, answer) => {
    await using filter = await loadFilter(wasm, { grpc });
    const { response } = await filter.request({ headers: { 'x-do': what } });
    expect(response?.body).toBe(answer);
  });

  test('a call whose stream ends before the answer is cancelled', async () => {
    await using filter = await loadFilter(wasm, { grpc: { grpc: () => undefined } });
    const { response, paused } = await filter.request({ headers: { 'x-do': 'grpc-stream' } });
    expect([response, paused, filter.grpcCalls[0]?.cancelled]).toEqual([undefined, 'request', true]);
  });

  test('a callout lets its own stream go on, with its headers', async () => {
    await using filter = await loadFilter(wasm, { clusters });
    const { upstream } = await filter.request({ headers: { 'x-do': 'call-pass' } });
    expect(upstream?.headers['x-checked']).toBe('201');
  });

  test('a callout that breaks says why', async () => {
    await using filter = await loadFilter(wasm, { clusters: { upstream: () => 'reset' as const } });
    const { response } = await filter.request({ headers: { 'x-do': 'call' } });
    expect(response?.body).toMatch(/^failed: /);
  });

  test('trailers are read and changed in both directions', async () => {
    await using filter = await loadFilter(wasm);
    const { upstream, response } = await filter.request(
      { body: 'x', trailers: { 'x-trailer': 'a' } },
      { upstream: { body: 'y', trailers: { 'x-secret': 's', 'x-other': 'o' } } },
    );
    expect(upstream?.trailers).toEqual({ 'x-trailer': 'a!' });
    expect(response?.trailers).toEqual({ 'x-other': 'o', 'x-count': '1' });
  });

  test('ticks and queues arrive', async () => {
    await using filter = await loadFilter(wasm);
    const ask = async (what: string): Promise<string | undefined> =>
      (await filter.request({ headers: { 'x-do': what } })).response?.body;
    expect(await ask('popped')).toBe('nothing yet');
    expect(await ask('push')).toBe('ok');
    filter.clock.advance(200);
    expect(await ask('popped')).toBe('an entry');
    expect(await ask('ticks')).toBe('ticked');
    expect(filter.metrics.value('surface_hits')).toBe(0n);
  });

  test('streams and the plugin live and go', async () => {
    const living = await built(life);
    // Only with another plugin in the VM is one waited for that asks for time, as in Envoy.
    const thread = new VmThread();
    const filter = await loadFilter(living, { config: 'once', thread });
    const { response } = await filter.request(
      { method: 'POST', body: 'hello', headers: { 'x-old': 'old' } },
      {
        upstream: ({ headers, body }) => ({ body: heard(body, headers['x-new']) }),
      },
    );
    expect(response).toMatchObject({ status: 200, body: said });
    expect((await filter.request({ headers: { 'x-reset': '1' } })).reset).toBeDefined();
    await using next = await loadFilter(living, { config: 'another', thread });
    await filter[Symbol.asyncDispose]();
    filter.clock.advance(10);
    expect(distinct([...filter.logs, ...next.logs].map(({ message }) => message))).toEqual(lived);
  });

  test('connections are read, changed and closed', async () => {
    await using filter = await loadFilter(await built(tunnel));
    const connection = filter.connect();
    connection.clientSends('hello');
    expect(connection.upstream).toBe('hello>');
    connection.upstreamSends('welcome', true);
    expect(connection.client).toBe('<welcome');
    connection.clientSends('stop');
    expect([connection.upstream, connection.closedBy]).toEqual(['hello>', 'wasm_downstream_close']);
    expect(distinct(filter.logs.map(({ message }) => message))).toEqual(tunnelled);
  });
});
