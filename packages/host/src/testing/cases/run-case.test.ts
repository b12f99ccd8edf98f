import { parseCases } from '@wasmcast/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileFilter } from '../../../test/compile.ts';
import { runCase } from './run-case.ts';

describe('a declared test', () => {
  let wasm: Uint8Array;
  beforeAll(async () => {
    wasm = await compileFilter('probe');
  });

  /** Runs a case; gives why it fails, or `passed`. */
  async function outcome(one: object, config: string, strict: boolean | 'findings' = true): Promise<string> {
    const text = JSON.stringify({ config, strict, cases: [{ name: 'it', ...one }] });
    const { cases, diagnostics } = parseCases({ file: 'it.yaml', text });
    expect(diagnostics).toEqual([]);
    const [first] = cases?.cases ?? [];
    if (cases === undefined || first === undefined) throw new Error('there is no case');
    return runCase(wasm, cases, first).then(
      () => 'passed',
      (error: Error) => error.message,
    );
  }

  const config =
    'configure define 0 hits\nreqh increment 4 1\nreqh add 0 x-a ä\nresh rep 2 x-b 2\nreqb say body';
  const upstream = { status: 201, headers: { 'x-b': '1' }, body: '{"a": [1, 2]}' };
  const request = { method: 'POST', path: '/p', headers: { Cookie: ['c', 'd'] }, body: ['one', 'two'] };

  test('passes when everything that it names is so', async () => {
    const seen = {
      method: 'POST',
      path: '/p',
      headers: { 'X-A': 'ä', cookie: { contains: 'c' } },
      body: 'onetwo',
    };
    const given = { status: 201, headers: { 'x-b': '2', 'x-c': null }, body: { json: { a: [1, 2] } } };
    const all = { upstream: seen, response: given, logs: ['say: body'], metrics: { hits: 1 }, reset: false };
    expect(await outcome({ request, upstream, expect: all }, config)).toBe('passed');
    expect(await outcome({ request, upstream }, config)).toBe('passed');
  });

  const wrong = {
    'response.status': { response: { status: 200 } },
    'a header': { response: { headers: { 'x-b': '1' } } },
    'a header that is there': { response: { headers: { 'x-b': null } } },
    'a header that is not': { upstream: { headers: { 'x-z': { matches: '.' } } } },
    'a body': { upstream: { body: { matches: '^two' } } },
    'a body of JSON': { response: { body: { json: { a: [1] } } } },
    upstream: { upstream: false },
    'a log line': { logs: ['say: body', 'no such line'] },
    'a metric': { metrics: { hits: 2 } },
    'a metric that is none': { metrics: { misses: 0 } },
    'a pause': { paused: 'request' },
    'a reset': { reset: true },
  };
  test.each(Object.entries(wrong))('fails when %s is another', async (_what, expected) => {
    const why = await outcome({ request, upstream, expect: expected }, config);
    expect(why).toContain('Expected values to be strictly deep-equal');
    expect(why).toContain('what the filter did:\n  info: reqh increment');
    expect(why).toContain('upstream got POST /p');
    expect(why).toContain('client got 201');
  });

  test('goes on with the same filter, after some time', async () => {
    const next = [{ after: '90s', expect: { metrics: { hits: 2 } } }];
    expect(await outcome({ expect: { metrics: { hits: 1 } }, next }, config)).toBe('passed');
    const late = [{ expect: { metrics: { hits: 3 } } }];
    expect(await outcome({ next: late }, config)).toContain('hits: 2');
  });

  test('of a refusal passes by its words only', async () => {
    const refusing = 'configure say nope\nconfigure ret 0';
    expect(await outcome({ refused: 'say: nope' }, refusing)).toBe('passed');
    expect(await outcome({ refused: 'another' }, refusing)).toContain('say: nope');
    expect(await outcome({ refused: 'say: nope' }, config)).toContain("refused: 'no'");
  });

  test('fails by a trap, and by what Envoy would swallow where it is strict about that', async () => {
    expect(await outcome({}, 'reqh oob')).toContain('on_request_headers trapped');
    // A response header that is set while there is no response yet.
    const swallowed = 'reqh add 2 x-late 1';
    expect(await outcome({}, swallowed)).toBe('passed');
    expect(await outcome({}, swallowed, 'findings')).toContain('in Envoy this would go wrong without a word');
  });
});
