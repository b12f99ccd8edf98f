import { describe, expect, test } from 'vitest';
import { out, pairs, scriptedGuest, type Script } from '../../fixtures/scripted-guest.ts';
import { writeBytes } from '../protobuf/fields.ts';
import { loadFilter, type TestFilter, type TestFilterOptions } from '../testing/index.ts';

const load = (script: Script, options: TestFilterOptions = {}): Promise<TestFilter> =>
  loadFilter(scriptedGuest(script), options);
const lines = (filter: TestFilter): string[] =>
  filter.logs.filter(({ source }) => source === 'filter').map(({ message }) => message);

const metadata = pairs('x-token', 'secret');
const stream = ['proxy_grpc_stream', 'rates', 'shop.Rates', 'Watch', metadata, out.word] as const;
const unary = ['proxy_grpc_call', 'rates', 'shop.Rates', 'Get', metadata, 'what?', 1000, out.word] as const;
const told: Script = {
  proxy_on_grpc_receive_initial_metadata: [
    'args',
    ['proxy_get_header_map_value', 4, 'x-i', out.text],
    ['proxy_add_header_map_value', 4, 'x-i', 'x'],
  ],
  proxy_on_grpc_receive: ['args', ['proxy_get_buffer_bytes', 5, 0, 100, out.text]],
  proxy_on_grpc_receive_trailing_metadata: ['args', ['proxy_get_header_map_value', 5, 'x-t', out.text]],
  proxy_on_grpc_close: ['args', ['proxy_get_status', out.word, out.text]],
  proxy_on_tick: [['proxy_get_status', out.word, out.text]],
};

describe('a unary gRPC callout', () => {
  test('is answered by its message alone', async () => {
    await using filter = await load(
      { ...told, proxy_on_configure: [unary] },
      { grpc: { rates: (call) => call.reply('1.5') } },
    );
    await filter.settled();
    expect(lines(filter)).toEqual(['grpc_call 0 5', 'on_grpc_receive 1 5 3', 'get_buffer_bytes 0 1.5']);
    expect(filter.grpcCalls[0]?.request).toMatchObject({
      cluster: 'rates',
      service: 'shop.Rates',
      method: 'Get',
      metadata: ['x-token', 'secret'],
      timeoutMs: 1000,
    });
    expect(Buffer.from(filter.grpcCalls[0]?.sent[0] ?? []).toString()).toBe('what?');
  });

  test('fails with a status, whose text is gone after the callback', async () => {
    await using filter = await load(
      { ...told, proxy_on_configure: [unary, ['proxy_set_tick_period_milliseconds', 1]] },
      { grpc: { rates: (call) => call.fail(7, 'no') } },
    );
    await filter.settled();
    filter.clock.advance(1);
    expect(lines(filter).slice(2)).toEqual(['on_grpc_close 1 5 7', 'get_status 0 7 no', 'get_status 0 7 ']);
  });

  test('ends at its timeout', async () => {
    await using filter = await load(
      { ...told, proxy_on_configure: [unary] },
      { grpc: { rates: () => undefined } },
    );
    filter.clock.advance(1000);
    expect(lines(filter).slice(1)).toEqual(['on_grpc_close 1 5 4', 'get_status 0 4 ']);
  });

  test.each(['proxy_grpc_close', 'proxy_grpc_cancel'])('is over for good after %s', async (end) => {
    await using filter = await load(
      { ...told, proxy_on_configure: [unary, [end, 5], [end, 5]] },
      { grpc: { rates: (call) => call.reply('late') } },
    );
    await filter.settled();
    expect(lines(filter).slice(1)).toEqual([`${end.slice(6)} 0`, `${end.slice(6)} 1`]);
    expect(filter.grpcCalls[0]?.cancelled).toBe(true);
  });
});

describe('a gRPC stream', () => {
  test('sends and receives until both sides have ended it', async () => {
    await using filter = await load(
      {
        ...told,
        proxy_on_configure: [stream, ['proxy_grpc_send', 6, 'one', 0], ['proxy_grpc_send', 6, 'two', 1]],
        proxy_on_tick: [
          ['proxy_grpc_send', 6, 'three', 0],
          ['proxy_grpc_close', 6],
          ['proxy_grpc_close', 6],
        ],
        'proxy_on_request_headers(2)': [['proxy_set_tick_period_milliseconds', 1]],
      },
      { grpc: { rates: () => undefined } },
    );
    const call = filter.grpcCalls[0];
    call?.initialMetadata({ 'x-i': '1' });
    call?.message('first');
    call?.message('second');
    call?.trailingMetadata({ 'x-t': '2' });
    call?.close(0, 'bye');
    expect(call?.sent.map((message) => Buffer.from(message).toString())).toEqual(['one', 'two']);
    await filter.request();
    filter.clock.advance(1);
    expect(lines(filter)).toEqual([
      'grpc_stream 0 6',
      'grpc_send 0',
      'grpc_send 0',
      'on_grpc_receive_initial_metadata 1 6 1',
      'get_header_map_value 0 1',
      'add_header_map_value 2',
      'on_grpc_receive 1 6 5',
      'get_buffer_bytes 0 first',
      'on_grpc_receive 1 6 6',
      'get_buffer_bytes 0 second',
      'on_grpc_receive_trailing_metadata 1 6 1',
      'get_header_map_value 0 2',
      'on_grpc_close 1 6 0',
      'get_status 0 0 bye',
      'set_tick_period_milliseconds 0',
      // It was open on our side: sending is not refused, closing forgets it.
      'grpc_send 0',
      'grpc_close 0',
      'grpc_close 1',
    ]);
    expect(call?.sent).toHaveLength(2);
  });

  test('that was closed here first is forgotten when the other side ends it', async () => {
    await using filter = await load(
      {
        ...told,
        proxy_on_configure: [stream, ['proxy_grpc_close', 6], ['proxy_set_tick_period_milliseconds', 1]],
        proxy_on_tick: [['proxy_grpc_cancel', 6]],
      },
      { grpc: { rates: () => undefined } },
    );
    expect(filter.grpcCalls[0]).toMatchObject({ ended: true, cancelled: false });
    filter.grpcCalls[0]?.close(0);
    filter.clock.advance(1);
    expect(lines(filter).slice(3)).toEqual(['on_grpc_close 1 6 0', 'get_status 0 0 ', 'grpc_cancel 1']);
  });

  test('ids tell their kind, and unknown ones are not found', async () => {
    await using filter = await load({
      proxy_on_configure: [
        ['proxy_grpc_send', 4, '', 0],
        ['proxy_grpc_send', 5, '', 0],
        ['proxy_grpc_send', 6, '', 0],
        ['proxy_grpc_close', 4],
        ['proxy_grpc_close', 5],
        ['proxy_grpc_cancel', 6],
        ['proxy_grpc_cancel', -1],
        ['proxy_grpc_send', 6, 0xffff_fff0 | 0, 100, 0],
      ],
    });
    expect(lines(filter).map((line) => line.split(' ')[1])).toEqual(['2', '2', '1', '2', '1', '1', '2', '6']);
  });

  test('to a cluster that is not there fails by its name, and later when it is described', async () => {
    const described = Buffer.from(writeBytes(1, writeBytes(1, 'nowhere'))).toString('latin1');
    await using filter = await load({
      ...told,
      proxy_on_configure: [
        stream,
        ['proxy_grpc_stream', described, 's', 'm', '', out.word],
        ['proxy_grpc_call', described, 's', 'm', '', '', 0, out.word],
        ['proxy_grpc_call', '', 's', 'm', '', '', 0, out.word],
      ],
    });
    expect(lines(filter)).toEqual([
      'grpc_stream 4 0',
      'grpc_stream 10 0',
      'grpc_call 10 0',
      'grpc_call 2 0',
      'on_grpc_close 1 6 14',
      'get_status 0 14 Cluster not available',
      'on_grpc_close 1 5 14',
      'get_status 0 14 Cluster not available',
    ]);
  });

  test('a described cluster that is there is called', async () => {
    const described = Buffer.from(writeBytes(1, writeBytes(1, 'rates'))).toString('latin1');
    await using filter = await load(
      { proxy_on_configure: [['proxy_grpc_stream', described, 's', 'm', '', out.word]] },
      { grpc: { rates: () => undefined } },
    );
    expect(lines(filter)).toEqual(['grpc_stream 0 6']);
  });
});

describe('an HTTP callout', () => {
  const http = [
    'proxy_http_call',
    'auth',
    pairs(':method', 'GET', ':path', '/', ':authority', 'a'),
    '',
    '',
    500,
    out.word,
  ] as const;
  const answered = [
    'args',
    ['proxy_get_header_map_value', 6, ':status', out.text],
    ['proxy_get_status', out.word, out.text],
  ] as const;

  test.each([
    ['silence', ['on_http_call_response 1 4 3 24 0', 'get_header_map_value 0 504', 'get_status 0 0 ']],
    ['refused', ['on_http_call_response 1 4 3 91 0', 'get_header_map_value 0 503', 'get_status 0 0 ']],
    ['reset', ['on_http_call_response 1 4 0 0 0', 'get_header_map_value 2 ', 'get_status 0 11 reset']],
  ] as const)('%s arrives as Envoy tells it', async (answer, expected) => {
    await using filter = await load(
      { proxy_on_configure: [http], proxy_on_http_call_response: answered },
      { clusters: { auth: () => answer } },
    );
    await filter.settled();
    filter.clock.advance(500);
    expect(lines(filter)).toEqual(['http_call 0 4', ...expected]);
  });

  test('is cancelled with its plugin', async () => {
    let asked = 0;
    const filter = await load(
      { proxy_on_configure: [http], proxy_on_http_call_response: answered },
      { clusters: { auth: () => (asked++, {}) } },
    );
    await filter[Symbol.asyncDispose]();
    expect(asked).toBe(1);
    expect(lines(filter)).toEqual(['http_call 0 4']);
  });

  test('lets a paused request go on when its time is over', async () => {
    await using filter = await load(
      {
        'proxy_on_request_headers(2)': [http, { ret: 1 }],
        proxy_on_http_call_response: [
          ['proxy_set_effective_context', 2],
          ['proxy_continue_stream', 0],
        ],
      },
      { clusters: { auth: () => 'silence' } },
    );
    const before = filter.clock.monotonic();
    const { response } = await filter.request({}, { whenPaused: () => filter.clock.advance(100) });
    expect(response?.status).toBe(200);
    expect(filter.clock.monotonic() - before).toBe(500_000_000n);
  });
});
