import { parseCases } from '@wasmcast/core';
import { describe, expect, test } from 'vitest';
import { out, scriptedGuest, type Script } from '../../../fixtures/scripted-guest.ts';
import { runCase } from './run-case.ts';

/** Tells each call, and closes the connection when the upstream speaks. */
const script: Script = {
  proxy_on_downstream_data: ['args', ['proxy_get_buffer_bytes', 2, 0, 100, out.text]],
  proxy_on_upstream_data: [['proxy_close_stream', 2]],
  proxy_on_downstream_connection_close: ['args'],
};

/** Runs a case; gives why it fails, or `passed`. */
async function outcome(tcp: readonly object[], by: Script = script): Promise<string> {
  const text = JSON.stringify({ cases: [{ name: 'it', tcp }] });
  const { cases, diagnostics } = parseCases({ file: 'it.yaml', text });
  expect(diagnostics).toEqual([]);
  const [first] = cases?.cases ?? [];
  if (cases === undefined || first === undefined) throw new Error('there is no case');
  return runCase(scriptedGuest(by), cases, first).then(
    () => 'passed',
    (error: Error) => error.message,
  );
}

describe('a declared connection', () => {
  test('passes when each step leaves what is expected, logs being of that step', async () => {
    const steps = [
      { client: 'ping', expect: { upstream: 'ping', client: '', logs: ['get_buffer_bytes 0 ping'] } },
      { client: '!', after: '5s', expect: { upstream: { matches: '^ping!$' }, closed: false } },
      { close: 'client', expect: { logs: ['on_downstream_connection_close'] } },
    ];
    expect(await outcome(steps)).toBe('passed');
    expect(await outcome([{ upstream: 'x', expect: { closed: true } }])).toBe('passed');
  });

  test.each([
    { upstream: 'pong' },
    { client: 'ping' },
    { closed: true },
    { logs: ['no such line'] },
    { metrics: { hits: 1 } },
  ])('fails when %j is not so', async (expected) => {
    const why = await outcome([{ client: 'ping', expect: expected }]);
    expect(why).toContain('Expected values to be strictly deep-equal');
    expect(why).toContain('  upstream got "ping"\n  client got ""');
  });

  test('fails by a line that an earlier step has logged, and by a trap', async () => {
    const stale = [{ client: 'a' }, { close: 'client', expect: { logs: ['get_buffer_bytes 0 a'] } }];
    expect(await outcome(stale)).toContain('Expected values');
    const why = await outcome([{ client: 'a' }], { proxy_on_downstream_data: ['trap'] });
    expect(why).toContain('on_downstream_data trapped');
  });
});

test.each([{ request: {} }, { expect: {} }, { next: [] }, { after: '1s' }])(
  'a case of a connection has no %j',
  (also) => {
    const text = JSON.stringify({ cases: [{ name: 'it', tcp: [{ client: 'a' }], ...also }] });
    const { cases, diagnostics } = parseCases({ file: 'it.yaml', text });
    expect(cases).toBeUndefined();
    expect(diagnostics.map(({ summary, help }) => `${summary} ${help}`).join()).toContain('either `tcp`');
  },
);
