import { expect, test } from 'vitest';
import { compileFilter } from '../../local/src/testing/filters.ts';
import { ask } from '../../local/src/testing/raw-http.ts';
import { runChild } from './support/child.ts';
import { Session, type Event } from './support/session.ts';
import { shop } from './support/shop.ts';

const endless = `
export function malloc(size: usize): usize { return heap.alloc(size); }
export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_request_headers(id: i32, count: i32, end: i32): i32 { while (true) {} }
`;

test(
  'a filter that loops ends the mesh, which says so; the next one takes its place',
  { timeout: 60_000 },
  async () => {
    const { bytes } = await compileFilter(endless);
    await using session = await Session.open({ 'wasmcast.yaml': shop(), 'trail.wasm': bytes });
    const served = Promise.withResolvers<number>();
    const running = runChild(session, 'run', (event) => {
      if (event.type === 'mesh') served.resolve(portOf(event));
    });
    const port = await served.promise;
    expect((await session.json('apply')).exit).toBe(0);
    await expect(ask(port)).rejects.toThrow('socket hang up');
    const { exit, events, stderr } = await running;
    expect([exit, stderr]).toEqual([1, '']);
    expect(events.slice(-2)).toMatchObject([
      {
        type: 'error',
        code: 'WC-LOC-012',
        message: 'filter trail did not come back from on_request_headers within 5 s, so the mesh is ended',
      },
      { type: 'summary', command: 'run', exitCode: 1 },
    ]);
    expect((await session.json('status')).events[0]).toMatchObject({ code: 'WC-LOC-001' });
    await using _again = await session.mesh();
    expect((await session.json('status')).exit).toBe(0);
  },
);

/** The port of the first service. */
function portOf(event: Event): number {
  return (event['services'] as readonly { port: number }[])[0]?.port ?? -1;
}
