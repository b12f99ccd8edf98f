import { describe, expect, test } from 'vitest';
import { out, scriptedGuest, type Script } from '../../fixtures/scripted-guest.ts';
import { loadFilter, type TestFilter, type TestRequestOptions } from '../testing/index.ts';
import type { Profile, Quirk } from './quirks.ts';

interface Case {
  readonly quirk: Quirk;
  readonly script: Script;
  readonly request?: TestRequestOptions;
  /** What the filter logs, by profile. */
  readonly envoy: readonly string[];
  readonly spec: readonly string[];
  /** Where it is found, and how. */
  readonly found: readonly string[];
}

const body = 'proxy_on_request_body(2)';
const headers = 'proxy_on_request_headers(2)';

const cases: readonly Case[] = [
  {
    quirk: 'map-unavailable',
    script: {
      [body]: [
        ['proxy_get_header_map_value', 0, 'x-a', out.text],
        ['proxy_get_header_map_pairs', 0, out.text],
        ['proxy_add_header_map_value', 0, 'x-a', '1'],
        ['proxy_remove_header_map_value', 2, 'x-a'],
      ],
    },
    envoy: [
      'get_header_map_value 2 ',
      'get_header_map_pairs 0 ',
      'add_header_map_value 2',
      'remove_header_map_value 2',
    ],
    spec: [
      'get_header_map_value 1 ',
      'get_header_map_pairs 2 ',
      'add_header_map_value 2',
      'remove_header_map_value 2',
    ],
    found: [
      'on_request_body proxy_get_header_map_value(0, "x-a")',
      'on_request_body proxy_get_header_map_pairs(0)',
      'on_request_body proxy_add_header_map_value(0, "x-a")',
      'on_request_body proxy_remove_header_map_value(2, "x-a")',
    ],
  },
  {
    quirk: 'pairs-malformed',
    script: {
      [headers]: [
        ['proxy_set_header_map_pairs', 0, 'nonsense'],
        ['proxy_get_header_map_value', 0, ':path', out.text],
      ],
    },
    envoy: ['set_header_map_pairs 0', 'get_header_map_value 1 '],
    spec: ['set_header_map_pairs 2', 'get_header_map_value 0 /'],
    found: ['on_request_headers proxy_set_header_map_pairs(0, …, 8)'],
  },
  {
    quirk: 'buffer-unavailable',
    script: {
      [headers]: [
        ['proxy_get_buffer_bytes', 0, 0, 10, out.text],
        ['proxy_set_buffer_bytes', 0, 0, 10, 'x'],
        ['proxy_get_buffer_status', 5, out.word, out.word],
      ],
    },
    envoy: ['get_buffer_bytes 0 ', 'set_buffer_bytes 2', 'get_buffer_status 0 0 0'],
    spec: ['get_buffer_bytes 1 ', 'set_buffer_bytes 1', 'get_buffer_status 1 0 0'],
    found: [
      'on_request_headers proxy_get_buffer_bytes(0)',
      'on_request_headers proxy_set_buffer_bytes(0)',
      'on_request_headers proxy_get_buffer_status(5)',
    ],
  },
  {
    quirk: 'buffer-splice',
    script: {
      [body]: [
        ['proxy_set_buffer_bytes', 0, 1, 2, 'XYZ'],
        ['proxy_get_buffer_bytes', 0, 0, 10, out.text],
      ],
    },
    envoy: ['set_buffer_bytes 2', 'get_buffer_bytes 0 abcd'],
    spec: ['set_buffer_bytes 0', 'get_buffer_bytes 0 aXYZd'],
    found: ['on_request_body proxy_set_buffer_bytes(0, 1, 2)'],
  },
  {
    quirk: 'local-response-unheard',
    script: { proxy_on_configure: [['proxy_send_local_response', 403, '', '', '', -1]] },
    envoy: ['send_local_response 0'],
    spec: ['send_local_response 0'],
    found: ['on_configure proxy_send_local_response(403)'],
  },
  {
    quirk: 'property-dot',
    script: { [headers]: [['proxy_get_property', 'request.path', out.text]] },
    envoy: ['get_property 1 '],
    spec: ['get_property 1 '],
    found: ['on_request_headers proxy_get_property("request.path")'],
  },
  {
    quirk: 'property-unreadable',
    script: {
      [headers]: [
        ['proxy_set_property', 'a\0b', 'v'],
        ['proxy_get_property', 'a\0b', out.text],
      ],
    },
    envoy: ['set_property 0', 'get_property 1 '],
    spec: ['set_property 1', 'get_property 1 '],
    found: [String.raw`on_request_headers proxy_set_property("a\u0000b")`],
  },
  {
    quirk: 'shared-data-absent-cas',
    script: { proxy_on_configure: [['proxy_set_shared_data', 'k', 'v', 7]] },
    envoy: ['set_shared_data 0'],
    spec: ['set_shared_data 8'],
    found: ['on_configure proxy_set_shared_data("k", …, 7)'],
  },
  {
    quirk: 'counter-record-adds',
    script: {
      proxy_on_configure: [
        ['proxy_define_metric', 0, 'hits', out.word],
        ['proxy_record_metric', 4, 5n],
        ['proxy_record_metric', 4, 2n],
        ['proxy_get_metric', 4, out.long],
      ],
    },
    envoy: ['define_metric 0 4', 'record_metric 0', 'record_metric 0', 'get_metric 0 7'],
    spec: ['define_metric 0 4', 'record_metric 0', 'record_metric 0', 'get_metric 0 2'],
    found: ['on_configure proxy_record_metric("hits")'],
  },
  {
    quirk: 'closed-in-create',
    script: {
      'proxy_on_context_create(2)': ['args', ['proxy_close_stream', 0]],
      'proxy_on_request_headers(2)': ['args'],
      'proxy_on_log(2)': ['args'],
      'proxy_on_done(2)': ['args'],
      'proxy_on_delete(2)': ['args'],
    },
    envoy: [
      'on_context_create 2 1',
      'close_stream 0',
      'on_context_create 2 1',
      'close_stream 0',
      'on_log 2',
      'on_done 2',
      'on_delete 2',
      'on_request_headers 2 4 0',
    ],
    spec: ['on_context_create 2 1', 'close_stream 0', 'on_done 2', 'on_log 2', 'on_delete 2'],
    found: ['on_context_create proxy_close_stream(0)'],
  },
  {
    quirk: 'stream-done-ignored',
    script: {
      proxy_on_configure: [['proxy_set_tick_period_milliseconds', 1]],
      'proxy_on_done(2)': ['args', { ret: 0 }],
      'proxy_on_log(2)': ['args'],
      'proxy_on_delete(2)': ['args'],
      proxy_on_tick: [['proxy_set_effective_context', 2], ['proxy_done']],
    },
    envoy: [
      'set_tick_period_milliseconds 0',
      'on_log 2',
      'on_done 2',
      'on_delete 2',
      'set_effective_context 2',
      'done 1',
    ],
    spec: [
      'set_tick_period_milliseconds 0',
      'on_done 2',
      'set_effective_context 0',
      'done 0',
      'on_log 2',
      'on_delete 2',
    ],
    found: ['on_done on_done returned false'],
  },
  {
    quirk: 'action-out-of-range',
    script: { 'proxy_on_response_headers(2)': [{ ret: 9 }] },
    envoy: [],
    spec: [],
    found: ['on_response_headers it returned 9'],
  },
];

async function run({ script, request }: Case, profile: Profile): Promise<TestFilter> {
  const filter = await loadFilter(scriptedGuest(script), { profile });
  await filter.request({ body: 'abcd' }, request);
  filter.clock.advance(1);
  return filter;
}

describe.each(cases)('$quirk', (one) => {
  test('is as in Envoy by default, and found', async () => {
    await using filter = await run(one, 'envoy');
    expect(filter.logs.map(({ message }) => message)).toEqual(one.envoy);
    const found = filter.findings.filter(({ quirk }) => quirk === one.quirk);
    expect(found.map(({ callback, detail }) => `${callback} ${detail}`)).toEqual(one.found);
    expect(filter.findings).toHaveLength(one.found.length);
    expect(found[0]?.message).toContain(': in Envoy ');
  });

  test('is as in the specification when that is wanted', async () => {
    await using filter = await run(one, 'spec');
    expect(filter.logs.map(({ message }) => message)).toEqual(one.spec);
    expect(filter.findings.length).toBeGreaterThan(0);
  });
});

test('what is found again is told once', async () => {
  await using filter = await loadFilter(
    scriptedGuest({ proxy_on_request_headers: [['proxy_get_property', 'a.b', out.text]] }),
  );
  for (let i = 0; i < 3; i++) await filter.request();
  expect(filter.findings).toHaveLength(1);
});

test('by the specification a plugin that puts its end off keeps its VM', async () => {
  for (const profile of ['envoy', 'spec'] as const) {
    const filter = await loadFilter(
      scriptedGuest({
        proxy_on_configure: [['proxy_set_tick_period_milliseconds', 10]],
        proxy_on_tick: [['proxy_done']],
        proxy_on_done: [{ ret: 0 }],
        proxy_on_delete: ['args'],
      }),
      { profile },
    );
    await filter[Symbol.asyncDispose]();
    filter.clock.advance(100);
    const ended = ['done 0', 'on_delete 1'];
    expect(filter.logs.map(({ message }) => message).slice(1)).toEqual(profile === 'spec' ? ended : []);
    expect(filter.findings.map(({ quirk }) => quirk)).toEqual(['done-not-awaited']);
  }
});
