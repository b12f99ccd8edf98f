import type { RecordedExchange } from '@wasmcast/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileFilter } from '../../../test/compile.ts';
import { replay, type Difference, type ReplayFinding } from './replay.ts';

const recorded = (path: string, body = ''): RecordedExchange => ({
  request: {
    method: 'POST',
    path,
    authority: 'shop.example',
    scheme: 'https',
    headers: [
      ['accept', 'a'],
      ['accept', 'b'],
    ],
    body: Buffer.from(body),
    trailers: [],
  },
  response: { status: 201, headers: [['x-b', '1']], body: Buffer.from([0xff, 0x00]), trailers: [] },
});

describe('a replay', () => {
  let module: Uint8Array;
  beforeAll(async () => {
    module = await compileFilter('probe');
  });

  /** Two exchanges through the probe with one script, and with another. */
  async function findings(before: string, after: string): Promise<readonly ReplayFinding[]> {
    const exchanges = [recorded('/a', 'text'), recorded('/b')];
    const side = (config: string): Parameters<typeof replay>[1] => ({ module, options: { config } });
    const found: ReplayFinding[] = [];
    for await (const one of replay(exchanges, side(before), side(after))) found.push(one);
    return found;
  }

  const script =
    'configure define 0 hits\nreqh increment 4 1\nreqh add 0 x-a 1\nresh rep 2 x-b 2\nreqb say body';

  test('of the same filter finds nothing', async () => {
    expect(await findings(script, script)).toEqual([]);
  });

  test('finds what goes to the upstream, to the client, into the log and into metrics', async () => {
    const changed =
      'configure define 0 hits\nreqh increment 4 2\nreqh add 0 x-a 2\nreqh add 0 x-c 1\nresh say hi\nreqb say body';
    const found = await findings(script, changed);
    expect(found.map(({ index, request }) => [index, request?.path])).toEqual([
      [0, '/a'],
      [1, '/b'],
      [undefined, undefined],
    ]);
    const [first] = found;
    expect(first?.differences.filter(({ what }) => what !== 'logs')).toEqual([
      { what: 'upstream.headers.x-a', before: '1', after: '2' },
      { what: 'response.headers.x-b', before: '2', after: '1' },
      { what: 'upstream.headers.x-c', before: undefined, after: '1' },
    ]);
    expect(first?.differences.map(({ what }) => what)).toContain('logs');
    expect(found[2]?.differences).toEqual([{ what: 'metrics.hits', before: '2', after: '4' }]);
  });

  test('has the trailers that were recorded, and says how they differ', async () => {
    const one = recorded('/a', 'text');
    const trailers = [['x-t', '1']] as const;
    const exchange = { request: { ...one.request, trailers }, response: { ...one.response, trailers } };
    const side = (config: string): Parameters<typeof replay>[1] => ({ module, options: { config } });
    const changed = 'reqt rep 1 x-t 2\nrest rep 3 x-t 3';
    const differences: Difference[] = [];
    for await (const found of replay([exchange], side('reqt say x\nrest say y'), side(changed)))
      differences.push(...found.differences);
    expect(differences.filter(({ what }) => what !== 'logs')).toEqual([
      { what: 'upstream.trailers.x-t', before: '1', after: '2' },
      { what: 'response.trailers.x-t', before: '1', after: '3' },
    ]);
  });

  test('goes on after a trap, with a fresh filter', async () => {
    const found = await findings(script, 'reqb oob');
    expect(found[0]?.differences).toContainEqual({
      what: 'trap',
      before: undefined,
      after: expect.stringContaining('on_request_body trapped'),
    });
    // The second has no body, so nothing traps.
    expect(found[1]?.differences.map(({ what }) => what)).not.toContain('trap');
    expect(found[1]?.differences.map(({ what }) => what)).not.toContain('response.status');
  });
});
