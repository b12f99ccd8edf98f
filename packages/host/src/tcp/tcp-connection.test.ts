import { describe, expect, test } from 'vitest';
import { out, scriptedGuest, type Script } from '../../fixtures/scripted-guest.ts';
import { createPlugin, compileModule } from '../index.ts';
import { FilterChain } from '../stream/filter-chain.ts';
import { loadFilter, TestConnection, type TestFilter, type TestFilterOptions } from '../testing/index.ts';

const load = (script: Script, options: TestFilterOptions = {}): Promise<TestFilter> =>
  loadFilter(scriptedGuest(script), options);
const lines = (filter: TestFilter): string[] =>
  filter.logs.filter(({ source }) => source === 'filter').map(({ message }) => message);

const told: Script = {
  proxy_on_new_connection: ['args'],
  proxy_on_downstream_data: ['args', ['proxy_get_buffer_bytes', 2, 0, 100, out.text]],
  proxy_on_upstream_data: ['args', ['proxy_get_buffer_bytes', 3, 0, 100, out.text]],
  proxy_on_downstream_connection_close: ['args'],
  proxy_on_upstream_connection_close: ['args'],
  'proxy_on_done(2)': ['args'],
  'proxy_on_log(2)': ['args', ['proxy_get_buffer_bytes', 2, 0, 100, out.text]],
  'proxy_on_delete(2)': ['args'],
};

describe('a TCP connection', () => {
  test('passes a filter in both directions, and ends with done, log, delete', async () => {
    await using filter = await load(told);
    const connection = filter.connect();
    connection.clientSends('ping');
    connection.upstreamSends('pong', true);
    connection.clientCloses();
    expect(connection).toMatchObject({ upstream: 'ping', client: 'pong', closedBy: undefined });
    expect(connection.ended).toEqual({ upstream: false, client: true });
    expect(lines(filter)).toEqual([
      'on_new_connection 2',
      'on_downstream_data 2 4 0',
      'get_buffer_bytes 0 ping',
      'on_upstream_data 2 4 1',
      'get_buffer_bytes 0 pong',
      // Envoy sees the upstream's end only, not who closed.
      'on_upstream_connection_close 2 0',
      'on_downstream_connection_close 2 2',
      'on_done 2',
      'on_log 2',
      'get_buffer_bytes 0 ',
      'on_delete 2',
    ]);
  });

  test('holds what a filter stops, which sees it as a whole, until that continues', async () => {
    await using filter = await load({
      proxy_on_configure: [['proxy_set_tick_period_milliseconds', 10]],
      proxy_on_downstream_data: [...(told['proxy_on_downstream_data'] ?? []), { ret: 1 }],
      proxy_on_tick: [
        ['proxy_set_effective_context', 2],
        ['proxy_continue_stream', 3],
        ['proxy_continue_stream', 2],
      ],
    });
    const connection = filter.connect();
    connection.clientSends('one ');
    connection.clientSends('two', true);
    expect(connection.upstream).toBe('');
    filter.clock.advance(10);
    expect(connection.upstream).toBe('one two');
    expect(connection.ended.upstream).toBe(true);
    expect(lines(filter).slice(1)).toEqual([
      'on_downstream_data 2 4 0',
      'get_buffer_bytes 0 one ',
      'on_downstream_data 2 7 1',
      'get_buffer_bytes 0 one two',
      'set_effective_context 0',
      'continue_stream 12',
      'continue_stream 0',
    ]);
    connection.clientCloses();
  });

  test('carries what a filter makes of it', async () => {
    await using filter = await load({
      proxy_on_downstream_data: [['proxy_set_buffer_bytes', 2, 0, 1, 'J']],
      proxy_on_upstream_data: [['proxy_set_buffer_bytes', 3, 100, 0, '!']],
    });
    const connection = filter.connect();
    connection.clientSends('hello');
    connection.upstreamSends('bye');
    expect(connection).toMatchObject({ upstream: 'Jello', client: 'bye!' });
    connection.clientCloses();
  });

  test.each([
    [2, 'wasm_downstream_close'],
    [3, 'wasm_upstream_close'],
  ])('is closed by a filter through stream type %i', async (type, details) => {
    await using filter = await load({
      ...told,
      proxy_on_downstream_data: [['proxy_close_stream', type]],
    });
    const connection = filter.connect();
    connection.clientSends('x');
    connection.clientSends('more');
    expect(connection).toMatchObject({ closedBy: details, upstream: '' });
    expect(lines(filter)).toContain('on_downstream_connection_close 2 1');
  });

  test('is closed when the filter dies, and refused afterwards', async () => {
    await using filter = await load({ ...told, proxy_on_downstream_data: ['trap'] });
    const connection = filter.connect();
    connection.clientSends('x');
    expect(connection).toMatchObject({ closedBy: 'wasm_fail_stream', upstream: '' });
    expect(filter.connect().closedBy).toBe('wasm_fail_stream');
    expect(lines(filter)).toEqual(['on_new_connection 2']);
  });

  test('passes by a dead filter whose policy is open', async () => {
    await using filter = await load({ proxy_on_new_connection: ['trap'] }, { onFailure: 'open' });
    expect(filter.connect().closedBy).toBe('wasm_fail_stream');
    const connection = filter.connect();
    connection.clientSends('x');
    expect(connection.upstream).toBe('x');
    connection.clientCloses();
  });

  test('stores properties, and has those of its surroundings', async () => {
    await using filter = await load({
      proxy_on_new_connection: [
        ['proxy_set_property', 'mine', 'v'],
        ['proxy_get_property', 'mine', out.text],
        ['proxy_get_property', 'source\0address', out.text],
        ['proxy_get_property', 'request\0path', out.text],
        ['proxy_get_property', 'request', out.text],
        ['proxy_get_property', 'request\0size', out.text],
        ['proxy_send_local_response', 200, '', '', '', -1],
      ],
    });
    const connection = filter.connect({
      attributes: ([top]) => (top === 'source' ? { kind: 'string', value: '10.0.0.1:5' } : undefined),
    });
    connection.clientCloses();
    expect(lines(filter)).toEqual([
      'set_property 0',
      'get_property 0 v',
      'get_property 0 10.0.0.1:5',
      'get_property 1 ',
      'get_property 3 ',
      `get_property 0 ${'\0'.repeat(8)}`,
      'send_local_response 0',
    ]);
  });
});

test('the upstream meets the filters from behind', async () => {
  const order: string[] = [];
  const compiled = await compileModule(scriptedGuest(told));
  if (compiled.kind !== 'module') throw new Error(compiled.reasons.join());
  const plugins = ['a', 'b'].map((name) => {
    const result = createPlugin({
      module: compiled.module,
      name,
      log: ({ plugin, message }) => void order.push(`${plugin} ${message}`),
    });
    if (result.kind !== 'ready') throw new Error(result.kind);
    return result.plugin;
  });
  const connection = new TestConnection(new FilterChain(plugins));
  connection.clientSends('1');
  connection.upstreamSends('2');
  connection.clientCloses();
  expect(
    order.filter((line) => line.includes('stream_data')).map((line) => line.split(' ').slice(0, 2).join(' ')),
  ).toEqual(['a on_downstream_data', 'b on_downstream_data', 'b on_upstream_data', 'a on_upstream_data']);
});
