import { env } from 'node:process';
import { expect, test } from 'vitest';
import { built } from './support/build.ts';
import { call, header, startGuest } from './support/guest.ts';

/** The promise is for a million (SDK_REQUESTS=1000000); a leak of a few bytes a request shows sooner. */
const requests = Number(env['SDK_REQUESTS'] ?? 50_000);

/** A filter that takes blocks from the host and uses, keeps and ignores them. */
const source = `
import { BodyAction, HeadersAction, HttpFilter, Plugin, registerPlugin } from '@wasmcast/sdk/assembly';
class Busy extends Plugin {
  createFilter(): HttpFilter { return new Stream(); }
}
class Stream extends HttpFilter {
  private kept: string | null = null;
  onRequestHeaders(endOfStream: bool): HeadersAction {
    const headers = this.request.headers;
    this.kept = headers.get('x-in');
    headers.has('x-large');
    headers.entries();
    return HeadersAction.Continue;
  }
  onRequestBody(size: i32, endOfStream: bool): BodyAction {
    this.request.body.text();
    this.request.body.bytes();
    return BodyAction.Continue;
  }
  onLog(): void {
    const kept = this.kept;
    this.request.headers.set('x-out', kept === null ? '' : kept + '!');
  }
}
registerPlugin(() => new Busy());
`;

test.each([
  ['sdk', 2],
  ['incremental', 4],
] as const)(
  `with the runtime %s memory stays flat over ${requests} requests`,
  { timeout: 600_000 },
  async (runtime, pages) => {
    const guest = await startGuest(await built(source, { runtime }));
    call(guest, 'proxy_on_context_create', 1, 0);
    expect(call(guest, 'proxy_on_configure', 1, 0)).toBe(1);
    guest.buffers.set(0, Buffer.alloc(2000, 'a'));
    const lines = () => [header('x-in', 'value'), header('x-large', Buffer.alloc(2000, 'b'))];

    const serve = (from: number, count: number): void => {
      for (let i = from; i < from + count; i++) {
        // Each stream outlives the next ten, as streams do.
        call(guest, 'proxy_on_context_create', i + 10, 1);
        guest.headers.set(0, lines());
        call(guest, 'proxy_on_request_headers', i + 10, 2, 0);
        call(guest, 'proxy_on_request_body', i + 10, 2000, 1);
        if (i >= 10) {
          call(guest, 'proxy_on_log', i);
          call(guest, 'proxy_on_delete', i);
        }
      }
    };
    serve(10, requests / 10);
    const early = guest.memory.buffer.byteLength;
    serve(10 + requests / 10, (requests * 9) / 10);
    expect(guest.memory.buffer.byteLength).toBe(early);
    expect(early).toBeLessThanOrEqual(pages * 65_536);
    expect(guest.logs).toEqual([]);
  },
);

const configured = `
import { HttpFilter, Plugin, registerPlugin } from '@wasmcast/sdk/assembly';
class Configured extends Plugin {
  names: string[] = [];
  onConfigure(): bool {
    this.names = this.configuration.json().get('names').keys;
    return this.names.length > 0;
  }
  createFilter(): HttpFilter { return new HttpFilter(); }
}
registerPlugin(() => new Configured());
`;

test('memory stays flat over 10 000 plugins that come, are configured again and go', async () => {
  const guest = await startGuest(await built(configured));
  const names = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [`name ${i}`, { rule: `value ${i}` }]),
  );
  guest.buffers.set(7, Buffer.from(JSON.stringify({ names })));
  const replace = (id: number): void => {
    call(guest, 'proxy_on_context_create', id, 0);
    for (let times = 0; times < 2; times++) expect(call(guest, 'proxy_on_configure', id, 0)).toBe(1);
    if (id > 1) call(guest, 'proxy_on_delete', id - 1);
  };
  for (let id = 1; id <= 100; id++) replace(id);
  const early = guest.memory.buffer.byteLength;
  for (let id = 101; id <= 10_000; id++) replace(id);
  expect(guest.memory.buffer.byteLength).toBe(early);
  expect(early).toBeLessThanOrEqual(8 * 65_536);
  expect(guest.logs).toEqual([]);
}, 120_000);
