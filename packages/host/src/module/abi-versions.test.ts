import { describe, expect, test } from 'vitest';
import { out, scriptedGuest, type Step } from '../../fixtures/scripted-guest.ts';
import type { AbiVersion } from '../abi/types.ts';
import { loadFilter } from '../testing/index.ts';
import { hostSignature } from './host-signatures.ts';

const missing: Step = ['proxy_get_header_map_value', 0, 'x-missing', out.text];
const unavailable: Step = ['proxy_get_header_map_value', 2, 'x-missing', out.text];

/** What a filter of this version logs for a request that has no response. */
async function run(abi: AbiVersion, goOn: Step): Promise<string[]> {
  const guest = scriptedGuest(
    {
      'proxy_on_request_headers(2)': ['args', missing, { ret: 1 }],
      'proxy_on_log(2)': [unavailable, missing],
      'proxy_on_configure(1)': [['proxy_set_tick_period_milliseconds', 5]],
      'proxy_on_tick(1)': [
        ['proxy_set_effective_context', 2],
        goOn,
        ['proxy_set_tick_period_milliseconds', 0],
      ],
      'proxy_on_response_headers(2)': ['args', ['proxy_close_stream', 1]].slice(
        0,
        abi === '0.1.0' ? 1 : 2,
      ) as Step[],
    },
    abi,
  );
  await using filter = await loadFilter(guest);
  const { upstream } = await filter.request(
    {},
    { whenPaused: () => filter.clock.advance(5), upstream: { body: 'b' } },
  );
  expect(upstream?.complete).toBe(true);
  return filter.logs.map(({ message }) => message).filter((line) => !line.startsWith('set_'));
}

describe('a filter of ABI', () => {
  test('0.1.0 has two parameters for headers, and a missing header is an empty one', async () => {
    expect(await run('0.1.0', ['proxy_continue_request'])).toEqual([
      'on_request_headers 2 4',
      'get_header_map_value 0 ',
      'continue_request 0',
      'on_response_headers 2 1',
      'get_header_map_value 0 ',
      'get_header_map_value 0 ',
    ]);
  });

  test.each(['0.2.0', '0.2.1'] as const)('%s is told of the end with the headers', async (abi) => {
    expect(await run(abi, ['proxy_continue_stream', 0])).toEqual([
      'on_request_headers 2 4 1',
      'get_header_map_value 1 ',
      'continue_stream 0',
      'on_response_headers 2 1 0',
      'close_stream 0',
      'get_header_map_value 1 ',
      'get_header_map_value 1 ',
    ]);
  });

  test('0.1.0 reads the configuration that is being set, and otherwise that of its VM', async () => {
    const read: Step = ['proxy_get_configuration', out.text];
    const guest = scriptedGuest(
      {
        proxy_on_vm_start: [read],
        proxy_on_configure: [read],
        'proxy_on_request_headers(2)': [read, ['proxy_clear_route_cache'], ['proxy_continue_response']],
      },
      '0.1.0',
    );
    await using filter = await loadFilter(guest, { config: 'plugin', vmConfig: 'vm' });
    await filter.request();
    expect(filter.logs.map(({ message }) => message)).toEqual([
      'get_configuration 0 vm',
      'get_configuration 0 plugin',
      'get_configuration 0 vm',
      'clear_route_cache 0',
      'continue_response 0',
    ]);
  });

  test.each([
    ['proxy_get_configuration', ['0.1.0']],
    ['proxy_continue_request', ['0.1.0']],
    ['proxy_continue_response', ['0.1.0']],
    ['proxy_clear_route_cache', ['0.1.0']],
    ['proxy_continue_stream', ['0.2.0', '0.2.1']],
    ['proxy_close_stream', ['0.2.0', '0.2.1']],
    ['proxy_get_log_level', ['0.2.1']],
    ['proxy_grpc_call', ['0.1.0', '0.2.0', '0.2.1']],
  ])('%s is there for %s', (name, versions) => {
    const having = (['0.1.0', '0.2.0', '0.2.1'] as const).filter(
      (abi) => hostSignature(abi, 'env', name) !== undefined,
    );
    expect(having).toEqual(versions);
  });
});

describe('ticks', () => {
  test('come in the period that was set last, and stop at 0', async () => {
    const guest = scriptedGuest({
      proxy_on_configure: [['proxy_set_tick_period_milliseconds', 100]],
      proxy_on_tick: [
        'args',
        ['proxy_get_current_time_nanoseconds', out.long],
        ['proxy_set_tick_period_milliseconds', 30],
      ],
      'proxy_on_request_headers(2)': [['proxy_set_tick_period_milliseconds', 0]],
    });
    await using filter = await loadFilter(guest);
    const ticks = (): number => filter.logs.filter(({ message }) => message === 'on_tick 1').length;
    filter.clock.advance(99);
    expect(ticks()).toBe(0);
    filter.clock.advance(1);
    expect(ticks()).toBe(1);
    filter.clock.advance(60);
    expect(ticks()).toBe(3);
    await filter.request();
    filter.clock.advance(1000);
    expect(ticks()).toBe(3);
    const times = filter.logs.flatMap(
      ({ message }) => /^get_current_time_nanoseconds 0 (\d+)$/.exec(message)?.[1] ?? [],
    );
    expect(times.map((time) => Number((BigInt(time) - 1_704_067_200_000_000_000n) / 1_000_000n))).toEqual([
      100, 130, 160,
    ]);
  });
});
