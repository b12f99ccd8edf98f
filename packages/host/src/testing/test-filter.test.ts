import { describe, expect, test } from 'vitest';
import { compileFilter } from '../../test/compile.ts';
import { loadFilter } from './index.ts';

describe('the test harness', () => {
  test('shows what upstream and client got, the logs and the metrics', async () => {
    await using filter = await loadFilter(await compileFilter('probe'), {
      config:
        'configure define 0 hits\nreqh increment 4 1\nreqh add 0 x-a ä\nresh rep 2 x-b 2\nreqb say body',
    });
    const result = await filter.request(
      { method: 'POST', path: '/p', headers: { Cookie: 'c' }, body: ['one', 'two'] },
      { upstream: (request) => ({ status: 201, headers: { 'x-b': '1' }, body: `you sent ${request.body}` }) },
    );
    expect(result.upstream).toMatchObject({
      method: 'POST',
      path: '/p',
      headers: { cookie: 'c', 'x-a': 'ä' },
    });
    expect(result.response).toMatchObject({ status: 201, headers: { 'x-b': '2' }, body: 'you sent onetwo' });
    expect(result.logs.filter((entry) => entry.message === 'reqb say: body')).toHaveLength(2);
    expect(filter.metrics.value('hits')).toBe(1n);
  });

  test('throws on a trap, with the stack', async () => {
    await using filter = await loadFilter(await compileFilter('probe'), { config: 'reqh oob' });
    await expect(filter.request()).rejects.toThrow(
      /^on_request_headers trapped: memory access out of bounds\n {2}at /,
    );
  });

  test('a filter that refuses its configuration says so with its lines', async () => {
    const loading = loadFilter(await compileFilter('probe'), { config: 'configure say no\nconfigure ret 0' });
    await expect(loading).rejects.toThrow('on_configure returned false\n  info: configure say: no');
  });

  test('trailers pass, and are changed', async () => {
    await using filter = await loadFilter(await compileFilter('probe'), {
      config: 'reqt add 1 x-t 2\nreqt args\nrest rep 3 x-r 3\nlog get 3 x-r\nrest get 2 :status',
    });
    const result = await filter.request(
      { body: 'x', trailers: { 'x-t': '1' } },
      { upstream: { body: 'y', trailers: { 'x-r': '1' } } },
    );
    expect(result.upstream?.trailers).toEqual({ 'x-t': '1, 2' });
    expect(result.response?.trailers).toEqual({ 'x-r': '3' });
    expect(result.logs.map((entry) => entry.message)).toContain('log get 3 x-r: 0 [1] 3');
  });

  test('a body beyond the limit is answered 413', async () => {
    await using filter = await loadFilter(await compileFilter('probe'), { config: 'reqb retmore 1' });
    const result = await filter.request({ body: ['12345678', '12345678', 'x'] }, { bufferLimit: 10 });
    expect(result.response).toMatchObject({ status: 413, body: 'Payload Too Large' });
    expect(result.localReply?.details).toBe('request_payload_too_large');
  });

  test('ABI 0.1.0 has its own rules', async () => {
    await using filter = await loadFilter(await compileFilter('old'), { config: 'text' });
    const result = await filter.request();
    expect(filter.logs.map((entry) => entry.message)).toEqual([
      'configuration: 0 text',
      'headers: 4 missing: 0 size 0',
      'add: 0',
      'route: 0',
    ]);
    expect(result.upstream?.headers).toEqual({ 'x-missing': 'old' });
  });
});

test('a test can be told to fail on what would go wrong without a word', async () => {
  const options = { config: 'reqb get 0 :path', strict: 'findings' } as const;
  await using filter = await loadFilter(await compileFilter('probe'), options);
  await filter.request();
  await expect(filter.request({ body: 'x' })).rejects.toThrow(
    /would go wrong without a word:\n {2}on_request_body: proxy_get_header_map_value\(0, ":path"\): in Envoy a map is at hand/,
  );
});

test('random numbers and time are the same in every run', async () => {
  const wasi = await compileFilter('wasi');
  const lines = async (): Promise<string[]> => {
    await using filter = await loadFilter(wasi);
    return filter.logs.map(({ message }) => message);
  };
  expect(await lines()).toEqual(await lines());
});
