import { describe, expect, test } from 'vitest';
import { out, pairs, scriptedGuest, type Script } from '../../fixtures/scripted-guest.ts';
import { loadFilter, type TestFilter } from '../testing/index.ts';

const load = (script: Script): Promise<TestFilter> => loadFilter(scriptedGuest(script));
const lines = (filter: TestFilter): string[] => filter.logs.map((entry) => entry.message);
const add = ['proxy_add_header_map_value', 1, 'x-sum', 'abc'] as const;

describe('trailers', () => {
  test('are begun by whoever adds one with the end of the body', async () => {
    await using filter = await load({
      'proxy_on_request_headers(2)': [add],
      'proxy_on_request_body(2)': [['proxy_get_header_map_value', 1, 'x-sum', out.text], add],
      'proxy_on_request_trailers(2)': ['args'],
    });
    const { upstream } = await filter.request({ body: ['one', 'two'] });
    // Not with the headers, not with the first part of the body; and the filter itself does not see them come.
    expect(lines(filter)).toEqual([
      'add_header_map_value 2',
      'get_header_map_value 2 ',
      'add_header_map_value 2',
      'get_header_map_value 2 ',
      'add_header_map_value 0',
    ]);
    expect(upstream).toMatchObject({ body: 'onetwo', trailers: { 'x-sum': 'abc' }, complete: true });
  });

  test('are begun on the response, too', async () => {
    await using filter = await load({
      'proxy_on_response_body(2)': [['proxy_set_header_map_pairs', 3, pairs('x-r', '1')]],
    });
    const { response } = await filter.request({}, { upstream: { body: 'hi' } });
    expect(response).toMatchObject({ body: 'hi', trailers: { 'x-r': '1' }, complete: true });
  });
});

describe('effective contexts', () => {
  test('last until the module returns, and only if they exist', async () => {
    await using filter = await load({
      proxy_on_configure: [['proxy_set_tick_period_milliseconds', 10]],
      'proxy_on_request_headers(2)': [{ ret: 1 }],
      proxy_on_tick: [
        ['proxy_get_header_map_value', 0, ':path', out.text],
        ['proxy_set_effective_context', 99],
        ['proxy_set_effective_context', 2],
        ['proxy_get_header_map_value', 0, ':path', out.text],
        ['proxy_send_local_response', 403, '', 'no', '', -1],
        ['proxy_set_tick_period_milliseconds', 0],
      ],
      'proxy_on_response_headers(2)': [['proxy_get_header_map_value', 2, ':status', out.text]],
    });
    const { response } = await filter.request({ path: '/x' }, { whenPaused: () => filter.clock.advance(10) });
    expect(response?.status).toBe(403);
    expect(lines(filter).slice(1)).toEqual([
      'get_header_map_value 2 ',
      'set_effective_context 2',
      'set_effective_context 0',
      'get_header_map_value 0 /x',
      'send_local_response 0',
      'set_tick_period_milliseconds 0',
      'get_header_map_value 0 403',
    ]);
  });
});

describe('a stream that breaks off', () => {
  const told: Script = {
    'proxy_on_request_body(2)': ['args'],
    'proxy_on_response_headers(2)': [['proxy_get_header_map_value', 2, ':status', out.text]],
    'proxy_on_response_body(2)': ['args'],
    'proxy_on_log(2)': ['args'],
    'proxy_on_delete(2)': ['args'],
  };

  test('by the client: the filter hears of its end', async () => {
    await using filter = await load(told);
    const result = await filter.request({ body: ['one', 'two', 'three'], resetAfter: 1 });
    expect(result).toMatchObject({
      reset: 'client',
      response: undefined,
      upstream: { body: 'one', complete: false },
    });
    expect(lines(filter)).toEqual(['on_request_body 2 3 0', 'on_log 2', 'on_delete 2']);
  });

  test('by the upstream, before its response: that is a 503, through the filter', async () => {
    await using filter = await load(told);
    const { response, localReply } = await filter.request({}, { upstream: 'reset' });
    expect(response?.status).toBe(503);
    expect(localReply?.details).toBe('upstream_reset_before_response_started{connection_termination}');
    expect(lines(filter).slice(0, 2)).toEqual(['get_header_map_value 0 503', 'on_response_body 2 95 1']);
  });

  test('by the upstream, within its response: so does the response', async () => {
    await using filter = await load(told);
    const upstream = { body: ['one', 'two'], resetAfter: 1 };
    const { response, reset } = await filter.request({}, { upstream });
    expect(response).toMatchObject({ status: 200, body: 'one', complete: false });
    expect(reset).toBe('upstream_reset_after_response_started{connection_termination}');
    expect(lines(filter).slice(1)).toEqual(['on_response_body 2 3 0', 'on_log 2', 'on_delete 2']);
  });
});
