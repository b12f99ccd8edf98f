import { beforeAll, describe, expect, test } from 'vitest';
import { compileFilter } from '../../test/compile.ts';
import { Preflight, preflight, type PreflightResult } from './preflight.ts';

let probe: Uint8Array;

beforeAll(async () => {
  probe = await compileFilter('probe');
});

function run(script: string, deadlineMs = 20_000, signal?: AbortSignal): Promise<PreflightResult> {
  const filter = { name: 'probe', rootId: 'root', configuration: Buffer.from(script) };
  return preflight({ bytes: probe, filter, deadlineMs, ...(signal !== undefined && { signal }) });
}

describe('preflight', () => {
  test('accepts a filter that starts, with its log lines', async () => {
    const result = await run('configure args');
    if (result.kind !== 'accepted') throw new Error(result.kind);
    expect(result.compileMs).toBeGreaterThan(0);
    // Memory comes in pages.
    expect(result.memoryBytes / 65_536).toSatisfy((pages: number) => pages >= 1 && Number.isInteger(pages));
    expect(result).toMatchObject({
      kind: 'accepted',
      logs: [{ level: 'info', message: 'configure args: 14 end', source: 'filter' }],
    });
  });

  test('measures a request when it is asked to', async () => {
    const probed = async (script: string): Promise<unknown> => {
      const filter = { rootId: 'root', configuration: Buffer.from(script) };
      const result = await preflight({ bytes: probe, filter, deadlineMs: 20_000, probe: true });
      return result.kind === 'accepted' ? result.probe : result;
    };
    const passed = await probed('reqh say once');
    expect(passed).toEqual({ kind: 'passed', requestUs: expect.any(Number) });
    expect((passed as { requestUs: number }).requestUs).toBeGreaterThan(0);
    expect(await probed('reqh local 403 no body ~ -1')).toMatchObject({ kind: 'answered' });
    expect(await probed('reqh ret 1')).toEqual({ kind: 'waits' });
    expect(await probed('resh trap')).toMatchObject({
      kind: 'trapped',
      message: expect.stringContaining('on_response_headers trapped'),
    });
    // Like a start, a request that does not end is named by its callback.
    const loops = { rootId: 'root', configuration: Buffer.from('reqh loop') };
    expect(await preflight({ bytes: probe, filter: loops, deadlineMs: 3000, probe: true })).toMatchObject({
      kind: 'deadline',
      callback: 'on_request_headers',
    });
  });

  test('names the callback that refused', async () => {
    const result = await run('configure say no_such_header\nconfigure ret 0');
    expect(result).toMatchObject({ kind: 'refused', callback: 'on_configure' });
    expect(result).toHaveProperty('logs.0.message', 'configure say: no_such_header');
  });

  test('names the callback that trapped, and where', async () => {
    const result = await run('configure trap');
    expect(result).toMatchObject({ kind: 'trapped', callback: 'on_configure' });
    expect(result).toHaveProperty(
      'message',
      expect.stringMatching(/^on_configure trapped: unreachable\n {2}at .*run/),
    );
  });

  test('stops an endless loop at the deadline and keeps what was logged before it', async () => {
    const result = await run('configure say before\nconfigure loop', 4000);
    expect(result).toMatchObject({ kind: 'deadline', callback: 'on_configure' });
    expect(result).toHaveProperty('logs.0.message', 'configure say: before');
  });

  test('refuses bytes that are no module', async () => {
    const result = await preflight({ bytes: Buffer.from('hello'), filter: {}, deadlineMs: 20_000 });
    expect(result).toEqual({
      kind: 'not-loadable',
      reason: 'these bytes are not a WebAssembly module (version 1)',
    });
  });

  test('a host call that Envoy forbids during initialization is a trap', async () => {
    const bytes = await compileFilter('early');
    const result = await preflight({ bytes, filter: {}, deadlineMs: 20_000 });
    expect(result).toMatchObject({ kind: 'trapped', callback: '_initialize' });
    expect(result).toHaveProperty('message', expect.stringContaining('restricted_callback'));
  });

  test('a start section that calls the host is not loadable', async () => {
    const bytes = await compileFilter('early', ['--no-start']);
    const result = await preflight({ bytes, filter: {}, deadlineMs: 20_000 });
    expect(result).toMatchObject({ kind: 'not-loadable', reason: expect.stringContaining('start section') });
  });

  test('a callout during configuration can be started, as in Envoy', async () => {
    const result = await run('configure http some_cluster :method=GET,:path=/,:authority=a ~');
    expect(result).toMatchObject({ kind: 'accepted' });
    expect(result).toHaveProperty('logs.1.message', expect.stringMatching(/: 0 4$/));
  });

  test('ends when it is aborted', async () => {
    const abort = new AbortController();
    const running = run('configure loop', 60_000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  test('tries one filter after another in one process, each as if it were alone', async () => {
    await using trials = new Preflight();
    const tried = (script: string, deadlineMs = 20_000): Promise<PreflightResult> =>
      trials.try({
        bytes: probe,
        filter: { rootId: 'root', configuration: Buffer.from(script) },
        deadlineMs,
      });
    const results: PreflightResult[] = [];
    for (const script of [
      'configure args',
      'configure ret 0',
      'configure trap',
      'configure args',
      'configure loop',
      'configure args',
    ])
      // oxlint-disable-next-line no-await-in-loop
      results.push(await tried(script, script.endsWith('loop') ? 500 : 20_000));
    expect(results.map(({ kind }) => kind)).toEqual([
      'accepted',
      'refused',
      'trapped',
      'accepted',
      'deadline',
      'accepted',
    ]);
    const [first, again, fresh] = results.filter((result) => result.kind === 'accepted');
    expect(again).toEqual(first);
    // The last one had a process of its own, and paid for the module again.
    expect(fresh?.compileMs).not.toBe(first?.compileMs);
  });
});
