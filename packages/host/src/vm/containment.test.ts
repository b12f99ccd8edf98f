import { runInNewContext } from 'node:vm';
import binaryen from 'binaryen';
import { describe, expect, test } from 'vitest';
import { out, pairs, scriptedGuest, type Step } from '../../fixtures/scripted-guest.ts';
import { compileModule } from '../module/compile.ts';
import { createPlugin } from '../plugin/plugin.ts';
import { FilterChain } from '../stream/filter-chain.ts';
import { exchange, loadFilter } from '../testing/index.ts';

describe('a filter that does not come back', () => {
  test('is stopped at its deadline, and the error names the callback', async () => {
    await using filter = await loadFilter(scriptedGuest({ 'proxy_on_request_headers(2)': ['loop'] }), {
      deadlineMs: 50,
    });
    await expect(filter.request()).rejects.toThrow(
      /^on_request_headers trapped: it was still running after 50 ms/,
    );
    expect(filter.plugin.trap?.callback).toBe('on_request_headers');
  });

  test('does not start', async () => {
    const loading = loadFilter(scriptedGuest({ proxy_on_configure: ['loop'] }), { deadlineMs: 50 });
    await expect(loading).rejects.toThrow('on_configure trapped: it was still running after 50 ms');
  });

  // All of the thousand take their time: a slice stands for them in a run of every test.
  const times = process.env['WASMCAST_FULL'] === '1' ? 1000 : 10;
  test(
    `${times} in a row are all stopped, with flat memory`,
    async () => {
      const result = await compileModule(scriptedGuest({ proxy_on_request_headers: ['loop'] }));
      if (result.kind !== 'module') throw new Error(result.reasons.join());
      const [took, bare]: [number[], number[]] = [[], []];
      let before = 0;
      for (let i = 0; i < times; i++) {
        const started = createPlugin({ module: result.module, deadlineMs });
        if (started.kind !== 'ready') throw new Error(JSON.stringify(started));
        const from = performance.now();
        const { response } = await exchange(new FilterChain([started.plugin]), {});
        took.push(performance.now() - from);
        expect(response?.status).toBe(503);
        started.plugin.close();
        bare.push(bareLoop());
        if (i === times / 2) before = process.memoryUsage().rss;
      }
      expect(process.memoryUsage().rss).toBeLessThan(before * 1.25);
      expect(quantile(took, 0.5)).toBeGreaterThan(deadlineMs * 0.95);
      // What else the machine does makes both late: a loop of plain JavaScript with the same deadline says how much.
      const late = quantile(took, 0.5) / Math.max(deadlineMs, quantile(bare, 0.5));
      expect(late).toBeLessThan(1.2);
    },
    times * 1000,
  );
});

const deadlineMs = 100;

/** How long Node takes for ending a loop at its deadline, in milliseconds. */
function bareLoop(): number {
  const from = performance.now();
  expect(() => runInNewContext('for (;;);', {}, { timeout: deadlineMs })).toThrow(/timed out/);
  return performance.now() - from;
}

function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * q)] as number;
}

describe('a filter that gives the host too much', () => {
  const much = 'x'.repeat(500_000);
  test.each<[string, Step, RegExp]>([
    ['log lines', ['proxy_log', 2, much], /it gave the host more than 268435456 bytes/],
    [
      'headers',
      ['proxy_add_header_map_value', 0, 'x-much', much],
      /it gave the host more than 268435456 bytes/,
    ],
    ['things to do later', ['proxy_continue_stream', 0], /it asked for more than 100000 things at once/],
  ])('%s: it ends in a trap', async (_what, step, expected) => {
    const guest = scriptedGuest({ 'proxy_on_request_headers(2)': [{ forever: step }] });
    await using filter = await loadFilter(guest, { strict: false, deadlineMs: 60_000, logLevel: 'critical' });
    const { response } = await filter.request();
    expect(response?.status).toBe(503);
    expect(filter.plugin.trap?.reason).toMatch(expected);
  });

  test('a queue that is full takes no more', async () => {
    const enqueue: Step = ['proxy_enqueue_shared_queue', 1, much];
    const guest = scriptedGuest({
      proxy_on_configure: [['proxy_register_shared_queue', 'q', out.word]],
      proxy_on_request_headers: Array.from({ length: 300 }, () => enqueue),
    });
    await using filter = await loadFilter(guest, { deadlineMs: 60_000 });
    for (let i = 0; i < 2; i++) await filter.request();
    const answers = filter.logs.slice(1).map(({ message }) => message.split(' ')[1]);
    // 256 MiB in pieces of half a megabyte.
    expect(answers.indexOf('10')).toBe(536);
  });

  test('a line of a log that is too long is cut', async () => {
    await using filter = await loadFilter(
      scriptedGuest({ proxy_on_configure: [['proxy_log', 2, 'y'.repeat(70_000)]] }),
    );
    expect(filter.logs[0]?.message).toBe(`${'y'.repeat(65_536)}… (4464 more)`);
  });
});

describe('a trap', () => {
  const source = `(module
    (memory (export "memory") 1)
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "malloc") (param i32) (result i32) (i32.const 1024))
    (func $decide (param i32)
      ;;@ filter.ts:41:6
      (unreachable))
    (func $onRequestHeaders (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      ;;@ filter.ts:12:2
      (call $decide (local.get 0))
      (i32.const 0)))`;

  function build(): { readonly binary: Uint8Array; readonly sourceMap: string } {
    binaryen.setDebugInfo(true);
    const module = binaryen.parseText(source);
    try {
      const { binary, sourceMap } = module.emitBinary('filter.wasm.map');
      return { binary, sourceMap: sourceMap ?? '' };
    } finally {
      module.dispose();
    }
  }

  test('names functions and source lines', async () => {
    const { binary, sourceMap } = build();
    await using filter = await loadFilter(binary, { sourceMap, strict: false });
    await filter.request();
    expect(filter.plugin.trap?.frames).toEqual([
      'decide (filter.ts:41:7)',
      'onRequestHeaders (filter.ts:12:3)',
    ]);
  });

  test('names offsets of the module as it was given, without a source map', async () => {
    const { binary } = build();
    await using filter = await loadFilter(binary, { strict: false, sourceMap: 'no json' });
    await filter.request();
    const [, offset] = /^decide \((0x[0-9a-f]+)\)$/.exec(filter.plugin.trap?.frames[0] ?? '') ?? [];
    // The opcode of `unreachable`.
    expect(binary[Number(offset)]).toBe(0);
  });

  test('of pairs that lie about their size is none', async () => {
    const lie = pairs('a', 'b').slice(0, -3);
    await using filter = await loadFilter(
      scriptedGuest({ 'proxy_on_request_headers(2)': [['proxy_set_header_map_pairs', 0, lie]] }),
    );
    const { upstream } = await filter.request();
    expect(upstream?.pairs).toEqual([]);
  });
});
