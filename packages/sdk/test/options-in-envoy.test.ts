import { describe, expect, test } from 'vitest';
import { requireComponent, skipNote } from '@wasmcast/testbed';
import { startChain, type Chain, type Link } from '../../../examples/filters/testing/filter-in-envoy.ts';
import { built } from './support/build.ts';

const missing = await requireComponent('envoy');

/** Waits in the headers for the body, so as to tell the upstream its size. */
const waiting = `
import { BodyAction, HeadersAction, HttpFilter, Plugin, registerPlugin } from '@wasmcast/sdk/assembly';
class Waiting extends Plugin {
  createFilter(): HttpFilter { return new Stream(); }
}
class Stream extends HttpFilter {
  onRequestHeaders(endOfStream: bool): HeadersAction {
    return endOfStream ? HeadersAction.Continue : HeadersAction.Pause;
  }
  onRequestBody(size: i32, endOfStream: bool): BodyAction {
    this.request.headers.set('x-size', size.toString());
    return endOfStream ? BodyAction.Continue : BodyAction.Buffer;
  }
}
registerPlugin(() => new Waiting());
`;

describe.skipIf(missing !== undefined)(`options, in a real Envoy${skipNote(missing)}`, () => {
  const start = (wasm: Uint8Array, link: Partial<Link> = {}): Promise<Chain> =>
    startChain(
      [{ filter: 'it', config: '', ...link }],
      new Map([['it', wasm]]),
      (request, response) => void response.end(`of ${String(request.headers['x-size'])} bytes`),
    );
  const post = (chain: Chain, init: RequestInit = {}): Promise<string> =>
    fetch(`http://127.0.0.1:${chain.port}`, { method: 'POST', body: '12345', ...init }).then((r) => r.text());

  test('a module that declares ABI 0.2.0 serves, and leaves without a trap', async () => {
    const wasm = await built(waiting.replace('HeadersAction.Pause', 'HeadersAction.Continue'), {
      abi: '0.2.0',
    });
    await using chain = await start(wasm);
    expect(await post(chain)).toBe('of undefined bytes');
    await chain[Symbol.asyncDispose]();
    expect(chain.envoy.logs()).not.toMatch(/Uncaught|Function: \w+ failed|wasm vm failed/i);
  }, 60_000);

  test('who pauses for the body gets it by the option that the build names, and never without', async () => {
    const wasm = await built(waiting);
    await using allowed = await start(wasm, { allowOnHeadersStopIteration: true });
    expect(await post(allowed)).toBe('of 5 bytes');
    await using usual = await start(wasm);
    await expect(post(usual, { signal: AbortSignal.timeout(1000) })).rejects.toThrow(/timeout/);
  }, 60_000);
});
