import { expect, test } from 'vitest';
import { built } from './support/build.ts';
import { call, startGuest } from './support/guest.ts';

/**
 * A filter that keeps and drops objects of all kinds at random, and looks in each callback whether what it kept is still what it was:
 * graphs with cycles, arrays and maps that grow, large blocks, things that only a static array or a global refers to.
 */
const source = `
import { HttpFilter, Plugin, log, registerPlugin } from '@wasmcast/sdk/assembly';

let state: u32 = 1;
function random(below: u32): u32 {
  state = state * 1664525 + 1013904223;
  return (state >> 8) % below;
}

class Node {
  text: string;
  bytes: StaticArray<u8>;
  friend: Node | null = null;
  list: string[] = [];
  constructor(public seed: u32) {
    this.text = 'node ' + seed.toString();
    this.bytes = new StaticArray<u8>(random(16) == 0 ? random(20000) : random(200));
    for (let i = 0; i < this.bytes.length; i++) {
      if (this.bytes[i] != 0) log.error('a new block is not empty');
      this.bytes[i] = <u8>(seed + i);
    }
  }
  check(): void {
    if (this.text != 'node ' + this.seed.toString()) log.error('text of ' + this.seed.toString());
    for (let i = 0; i < this.bytes.length; i++)
      if (this.bytes[i] != <u8>(this.seed + i)) { log.error('bytes of ' + this.seed.toString()); return; }
    for (let i = 0; i < this.list.length; i++)
      if (this.list[i] != i.toString()) { log.error('list of ' + this.seed.toString()); return; }
  }
}

const table: (Node | null)[] = [];
const fixed: string[] = ['a', 'b', 'c', 'd'];
const named = new Map<string, Node>();
let serial: u32 = 0;

class Churn extends Plugin {
  createFilter(): HttpFilter { return new HttpFilter(); }
  onTick(): void {
    while (table.length < 100) table.push(null);
    for (let i = 0; i < 10; i++) {
      const node = new Node(++serial);
      node.friend = table[random(100)];
      table[random(100)] = random(5) == 0 ? null : node;
      const old = table[random(100)];
      if (old !== null) {
        old.friend = node;
        if (old.list.length < 40) old.list.push(old.list.length.toString());
        else old.list = [];
      }
      named.set('n' + random(20).toString(), node);
    }
    fixed[(serial / 10) & 3] = 'fixed ' + serial.toString();
    if (random(50) == 0) named.clear();
    for (let i = 0; i < 100; i++) {
      const node = table[i];
      if (node === null) continue;
      node.check();
      const friend = node.friend;
      // Chains would otherwise keep every node that ever was.
      if (friend !== null) { friend.check(); friend.friend = null; }
    }
    const nodes = named.values();
    for (let i = 0; i < nodes.length; i++) nodes[i].check();
    for (let i = 0; i < 4; i++) {
      if (serial > 40 && !fixed[i].startsWith('fixed ')) log.error('fixed is ' + fixed[i]);
    }
  }
}
registerPlugin(() => new Churn());
`;

test('the heap keeps what is reachable, frees the rest, and hands out empty blocks', async () => {
  const guest = await startGuest(await built(source));
  call(guest, 'proxy_on_context_create', 1, 0);
  for (let i = 0; i < 1000; i++) call(guest, 'proxy_on_tick', 1);
  const early = guest.memory.buffer.byteLength;
  for (let i = 0; i < 4000; i++) call(guest, 'proxy_on_tick', 1);
  expect(guest.logs).toEqual([]);
  expect(guest.memory.buffer.byteLength).toBeLessThanOrEqual(early * 1.5);
  expect(guest.memory.buffer.byteLength).toBeLessThanOrEqual(64 * 65_536);
}, 120_000);

const nested = `
import { CallResponse, HeadersAction, HttpCall, HttpFilter, Plugin, log, registerPlugin } from '@wasmcast/sdk/assembly';
class Outer extends Plugin {
  createFilter(): HttpFilter { return new Stream(); }
}
class Stream extends HttpFilter {
  private made: StaticArray<u8> = new StaticArray<u8>(500);
  onRequestHeaders(endOfStream: bool): HeadersAction {
    // Only the stack refers to this text.
    const kept = 'stream ' + this.id.toString();
    new Ask(kept).send();
    log.info(kept);
    return HeadersAction.Pause;
  }
}
class Ask extends HttpCall {
  constructor(private about: string) { super('upstream'); }
  onResponse(response: CallResponse): void { log.info('answered ' + this.about); }
}
registerPlugin(() => new Outer());
`;

test('a host that calls back while a callout is sent takes nothing from who sends it', async () => {
  const guest = await startGuest(await built(nested));
  call(guest, 'proxy_on_context_create', 1, 0);
  call(guest, 'proxy_on_context_create', 2, 1);
  // As when the callout passes through filters of the same VM: streams come and go, more than the budget of the collector.
  guest.duringCallout = () => {
    for (let id = 1000; id < 2000; id++) {
      call(guest, 'proxy_on_context_create', id, 1);
      call(guest, 'proxy_on_delete', id);
    }
  };
  call(guest, 'proxy_on_request_headers', 2, 0, 1);
  guest.headers.set(6, []);
  call(guest, 'proxy_on_http_call_response', 1, 4, 1, 0, 0);
  expect(guest.logs.map(({ text }) => text)).toEqual(['stream 2', 'answered stream 2']);
});
