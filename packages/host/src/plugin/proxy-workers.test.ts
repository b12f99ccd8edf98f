import { describe, expect, test } from 'vitest';
import { out, scriptedGuest, type Script } from '../../fixtures/scripted-guest.ts';
import { compileModule, type FilterModule } from '../module/compile.ts';
import type { LogEntry } from '../ports/ports.ts';
import { SharedState } from '../ports/shared-state.ts';
import { FilterChain } from '../stream/filter-chain.ts';
import { exchange, TestClock } from '../testing/index.ts';
import { createPlugin, type Plugin } from './plugin.ts';
import { ProxyWorkers } from './proxy-workers.ts';
import type { PluginOptions } from './settings.ts';
import { VmThread } from './vm-thread.ts';

async function compile(script: Script): Promise<FilterModule> {
  const result = await compileModule(scriptedGuest(script));
  if (result.kind !== 'module') throw new Error(result.reasons.join());
  return result.module;
}

function started(options: PluginOptions): Plugin {
  const result = createPlugin(options);
  if (result.kind !== 'ready') throw new Error(result.kind);
  return result.plugin;
}

/** Collects the messages of a log. */
function lines(): { readonly seen: string[]; readonly log: (entry: LogEntry) => void } {
  const seen: string[] = [];
  return { seen, log: ({ message }) => void seen.push(message) };
}

const noted: Script = {
  proxy_on_context_create: ['args'],
  proxy_on_vm_start: ['args'],
  proxy_on_configure: ['args'],
  proxy_on_done: ['args'],
  proxy_on_delete: ['args'],
};

describe('the threads of a proxy', () => {
  test('start and configure a filter in a trial, in the main thread and in each worker', async () => {
    const { seen, log } = lines();
    const proxy = new ProxyWorkers(2);
    const result = proxy.load({ module: await compile(noted), log });
    if (result.kind !== 'ready') throw new Error(result.kind);
    const start = ['on_context_create 1 0', 'on_vm_start 1 0', 'on_configure 1 0'];
    // Trial, main, two workers; and the trial has gone without a word.
    expect(seen).toEqual([...start, ...start, ...start, ...start]);
    for (const plugin of [result.main, ...result.workers]) plugin.close();
    expect(seen.slice(12, 14)).toEqual(['on_done 1', 'on_delete 1']);
    expect(seen).toHaveLength(12 + 3 * 2);
  });

  test('accept no filter whose trial fails', async () => {
    const proxy = new ProxyWorkers(1);
    const { seen, log } = lines();
    const module = await compile({ proxy_on_configure: ['args', { ret: 0 }] });
    const logs = [expect.objectContaining({ message: 'on_configure 1 0' })];
    const refused = { kind: 'refused', callback: 'on_configure', logs };
    expect(proxy.load({ module, log })).toEqual(refused);
    // The same again is not even tried; what it said then is told none the less.
    expect(proxy.load({ module, log })).toEqual(refused);
    expect(seen).toEqual(['on_configure 1 0']);
    expect(proxy.workers[0]?.size).toBe(0);
  });

  test('pass a filter by where it did not start any more', async () => {
    const { seen, log } = lines();
    // The trial leaves something in the shared data, at which the compare-and-swap of the next start fails.
    const module = await compile({
      proxy_on_configure: [['proxy_set_shared_data', 'k', 'v', 99], { ret: 'ok' }],
    });
    const proxy = new ProxyWorkers(1);
    const shared = new SharedState();
    const result = proxy.load({ module, log, shared });
    if (result.kind !== 'ready') throw new Error(result.kind);
    expect(seen.filter((line) => line.includes('did not start in another thread'))).toHaveLength(2);
    const { response } = await exchange(new FilterChain(result.workers), {}, { upstream: { status: 204 } });
    expect(response?.status).toBe(204);
  });

  test('tell the one that registered a queue last', async () => {
    const clock = new TestClock();
    const { seen, log } = lines();
    const module = await compile({
      proxy_on_configure: [['proxy_register_shared_queue', 'q', out.word]],
      proxy_on_request_headers: [['proxy_enqueue_shared_queue', 1, 'hello']],
      proxy_on_queue_ready: [
        'args',
        ['proxy_dequeue_shared_queue', 1, out.text],
        ['proxy_dequeue_shared_queue', 1, out.text],
      ],
    });
    const result = new ProxyWorkers(2).load({ module, clock, log, shared: new SharedState() });
    if (result.kind !== 'ready') throw new Error(result.kind);
    const [first] = result.workers;
    await exchange(new FilterChain([first as Plugin]), {});
    seen.length = 0;
    clock.advance(0);
    expect(seen).toEqual(['on_queue_ready 1 1', 'dequeue_shared_queue 0 hello', 'dequeue_shared_queue 7 ']);
  });
});

describe('plugins of one thread', () => {
  test('share a VM when vm id, VM configuration and module are the same', async () => {
    const thread = new VmThread();
    const module = await compile(noted);
    const a = lines();
    const b = lines();
    const first = started({ module, thread, vmId: 'v', rootId: 'a', log: a.log });
    const second = started({ module, thread, vmId: 'v', rootId: 'b', log: b.log });
    const third = started({ module, thread, vmId: 'other', rootId: 'a' });
    expect(thread.size).toBe(2);
    expect(b.seen).toEqual(['on_context_create 2 0', 'on_vm_start 2 0', 'on_configure 2 0']);
    first.close();
    expect(a.seen.slice(3)).toEqual(['on_done 1', 'on_delete 1']);
    expect(thread.size).toBe(2);
    second.close();
    third.close();
    expect(thread.size).toBe(0);
  });

  test('that are the same share their root context', async () => {
    const thread = new VmThread();
    const { seen, log } = lines();
    const options = { module: await compile(noted), thread, log };
    const [first, second] = [started(options), started(options)];
    expect(seen).toHaveLength(3);
    first.close();
    expect(seen).toHaveLength(3);
    second.close();
    expect(seen.slice(3)).toEqual(['on_done 1', 'on_delete 1']);
  });

  test('die together, and each is replaced by its own policy', async () => {
    const thread = new VmThread();
    const module = await compile({ 'proxy_on_request_headers(3)': ['trap'] });
    const trapping = started({ module, thread, rootId: 'a', onFailure: 'reload' });
    const open = started({ module, thread, rootId: 'b', onFailure: 'open' });
    const status = async (plugin: Plugin): Promise<number | undefined> =>
      (await exchange(new FilterChain([plugin]), {})).response?.status;
    expect(await status(trapping)).toBe(503);
    expect(open.trap?.callback).toBe('on_request_headers');
    expect(await status(open)).toBe(200);
    expect(await status(trapping)).toBe(200);
    expect(trapping.reloads).toEqual({ success: 1, failure: 0, backoff: 0 });
  });

  test('a plugin that puts its end off has the time that another keeps the VM', async () => {
    const thread = new VmThread();
    const clock = new TestClock();
    const { seen, log } = lines();
    const module = await compile({
      'proxy_on_done(1)': [{ ret: 0 }],
      'proxy_on_delete(1)': ['args'],
      'proxy_on_configure(1)': [['proxy_set_tick_period_milliseconds', 10]],
      'proxy_on_tick(1)': [['proxy_done'], ['proxy_done']],
    });
    const waiting = started({ module, thread, rootId: 'a', clock, log });
    const other = started({ module, thread, rootId: 'b', clock, log });
    waiting.close();
    clock.advance(25);
    expect(seen).toEqual([
      'set_tick_period_milliseconds 0',
      // Only what on_done has put off can be done.
      'done 0',
      'done 1',
      'on_delete 1',
    ]);
    other.close();

    const alone = started({ module, rootId: 'a', clock, log });
    alone.close();
    clock.advance(25);
    expect(seen.slice(4)).toEqual(['set_tick_period_milliseconds 0']);
  });
});

test('a plugin can do only what its capabilities allow', async () => {
  const { seen, log } = lines();
  const module = await compile({
    proxy_on_configure: [
      ['proxy_set_shared_data', 'k', 'v', 0],
      ['proxy_get_shared_data', 'k', out.text, out.word],
    ],
    proxy_on_request_headers: ['args'],
  });
  const plugin = started({
    module,
    log,
    allowedCapabilities: ['proxy_log', 'proxy_on_configure', 'proxy_get_shared_data'],
  });
  await exchange(new FilterChain([plugin]), {});
  expect(seen).toEqual([
    'the module calls proxy_set_shared_data, which its capabilities do not allow',
    'set_shared_data 10',
    'get_shared_data 1  0',
  ]);
});
