import { beforeAll, describe, expect, test } from 'vitest';
import { compileFilter } from '../../test/compile.ts';
import { loadFilter, type TestFilter, type TestFilterOptions } from '../testing/index.ts';

let probe: Uint8Array;

beforeAll(async () => {
  probe = await compileFilter('probe');
});

function load(script: string, options: TestFilterOptions = {}): Promise<TestFilter> {
  const config = script
    .split(';')
    .map((step) => step.trim())
    .join('\n');
  return loadFilter(probe, { config, rootId: 'root', strict: false, ...options });
}

const lines = (filter: TestFilter): string[] =>
  filter.logs.filter((entry) => entry.source === 'filter').map((entry) => entry.message);

async function statuses(filter: TestFilter, paths: readonly string[]): Promise<(number | undefined)[]> {
  const seen: (number | undefined)[] = [];
  for (const path of paths) seen.push((await filter.request({ path })).response?.status);
  return seen;
}

describe('a dead VM', () => {
  test('answers 503 for good when the policy is closed', async () => {
    await using filter = await load('reqh trap', { onFailure: 'closed' });
    expect(await statuses(filter, ['/', '/', '/'])).toEqual([503, 503, 503]);
    expect(filter.plugin.trap?.message).toBe('on_request_headers trapped: unreachable');
    expect(filter.plugin.trap?.frames[0]).toMatch(/run/);
  });

  test('is bypassed when the policy is open, after the request that killed it', async () => {
    await using filter = await load('reqh trap', { onFailure: 'open' });
    expect(await statuses(filter, ['/', '/', '/'])).toEqual([503, 200, 200]);
  });

  test('is replaced when the policy is reload: at once, then after the backoff', async () => {
    await using filter = await load('reqh say h; resh trap', { onFailure: 'reload' });
    expect(await statuses(filter, ['/', '/', '/'])).toEqual([503, 503, 503]);
    // The first died, its successor died, the third request met the backoff.
    expect(lines(filter)).toEqual(['reqh say: h', 'reqh say: h']);
    filter.clock.advance(1000);
    expect(await statuses(filter, ['/'])).toEqual([503]);
    expect(lines(filter)).toHaveLength(3);
  });

  test('of another stream ends one that is under way', async () => {
    await using filter = await load('reqh get 0 x-kill; reqb trap', {});
    const sink = {
      statuses: [] as string[],
      onRequestHeaders: () => undefined,
      onRequestBody: () => undefined,
      onRequestTrailers: () => undefined,
      onResponseHeaders: (headers: { get(name: string): string | undefined }) =>
        void sink.statuses.push(headers.get(':status') ?? ''),
      onResponseBody: () => undefined,
      onResponseTrailers: () => undefined,
      onReset: () => undefined,
    };
    const { HeaderMap } = await import('../headers/header-map.ts');
    const stream = filter.plugin.newStream(sink);
    stream.onRequestHeaders(new HeaderMap('request', [':path', '/']), true);
    await filter.request({ body: 'x' });
    stream.onResponseHeaders(new HeaderMap('response', [':status', '200']), true);
    stream.done();
    expect(sink.statuses).toEqual(['503']);
  });
});

describe('the end of a plugin', () => {
  test('waits for its streams, then runs on_done and on_delete of the root', async () => {
    const filter = await load('rootdone say d; rootdelete say x; log say l');
    const stream = filter.plugin.newStream({
      onRequestHeaders: () => undefined,
      onRequestBody: () => undefined,
      onRequestTrailers: () => undefined,
      onResponseHeaders: () => undefined,
      onResponseBody: () => undefined,
      onResponseTrailers: () => undefined,
      onReset: () => undefined,
    });
    filter.plugin.close();
    expect(lines(filter)).toEqual([]);
    stream.done();
    expect(lines(filter)).toEqual(['log say: l', 'rootdone say: d', 'rootdelete say: x']);
  });

  test('is put off until proxy_done when on_done says so', async () => {
    const filter = await load('rootdone wait; configure tick 100; rootdone pdone; rootdelete say x', {});
    filter.plugin.close();
    // proxy_done within on_done finds nobody waiting yet.
    expect(lines(filter)).toEqual(expect.arrayContaining([expect.stringMatching(/^rootdone pdone: 1/)]));
    expect(lines(filter)).not.toContain('rootdelete say: x');
  });
});

describe('what happens outside of streams', () => {
  test('ticks come in the period that was set', async () => {
    await using filter = await load('configure tick 100; tick say t');
    filter.clock.advance(350);
    expect(lines(filter).filter((line) => line === 'tick say: t')).toHaveLength(3);
  });

  test('a queue tells its consumer after the call that filled it', async () => {
    await using filter = await load(
      'configure register q; reqh enqueue 1 hello; queue args; queue dequeue 1; queue dequeue 1',
    );
    await filter.request();
    filter.clock.advance(0);
    expect(lines(filter).slice(1)).toEqual([
      'reqh enqueue 1 hello: 0',
      'queue args: 1 end',
      'queue dequeue 1: 0 [5] hello',
      'queue dequeue 1: 7',
    ]);
  });

  test('a paused request goes on when its callout is answered', async () => {
    await using filter = await load(
      'reqh http auth :method=GET,:path=/check,:authority=a ~; reqh ret 1; call get 6 :status; call buf 4 0 100; call effective 2; call add 0 x-late 1; call continue 0; call status',
      { clusters: { auth: ({ path }) => ({ status: 204, body: `seen ${path}` }) } },
    );
    const result = await filter.request({ body: 'b' }, { upstream: { body: 'ok' } });
    expect(result.upstream).toMatchObject({ headers: { 'x-late': '1' }, body: 'b', complete: true });
    expect(result.response).toMatchObject({ status: 200, body: 'ok' });
    expect(lines(filter).slice(1, 4)).toEqual([
      'call args: 4 1 11 0',
      'call get 6 :status: 0 [3] 204',
      'call buf 4 0 100: 0 [11] seen /check'.replace('buf 4 0 100', 'buf 4 0'),
    ]);
  });

  test('a broken callout arrives without headers and with a status', async () => {
    await using filter = await load(
      'reqh http auth :method=GET,:path=/,:authority=a ~; reqh ret 1; call status; call effective 2; call local 502 ~ ~ ~',
      {
        clusters: { auth: () => 'reset' },
      },
    );
    const result = await filter.request();
    expect(result.response?.status).toBe(502);
    expect(lines(filter)).toEqual(
      expect.arrayContaining(['call args: 4 0 0 0', 'call status: 11 0 [5] reset']),
    );
  });

  test('a request that nobody lets go on is reported as paused', async () => {
    await using filter = await load('reqh ret 1');
    expect(await filter.request()).toMatchObject({
      paused: 'request',
      upstream: undefined,
      response: undefined,
    });
  });

  test('WASI is there as far as Envoy has it', async () => {
    await using filter = await loadFilter(await compileFilter('wasi'), { env: { KEY: 'välue' } });
    expect(filter.logs.map((entry) => `${entry.level} ${entry.message}`)).toEqual([
      'info to stdout',
      'error to stderr',
      'info descriptor 3: 8',
      'info environment: 1 KEY=välue',
      'info time: 1704067200000000000 58',
      'info random: 0 28 21',
      'info path: 44',
      'info still here',
    ]);
  });

  test('an allocator that calls the host is a trap, not a recursion', async () => {
    await expect(loadFilter(await compileFilter('wasi'), { config: 'x' })).rejects.toThrow(
      /malloc trapped: .*restricted_callback[^]*status: 6/,
    );
  });
});
