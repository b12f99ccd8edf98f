import { describe, expect, it } from 'vitest';
import type { HeaderPairs } from './filter-stream.ts';
import { FramedFlow, type Wire } from './framing.ts';
import { endToEnd, legalPath, passableTrailers, wireHeaders } from './headers.ts';

function recorder(): { wire: Wire; log: string[] } {
  const log: string[] = [];
  return {
    log,
    wire: {
      begin: (_headers, framing) =>
        log.push(`begin ${framing.kind} ${'bytes' in framing ? framing.bytes : ''}`.trim()),
      write: (chunk) => log.push(`write ${chunk.length}`),
      flush: () => log.push('flush'),
      end: (trailers) => log.push(`end ${trailers.length}`),
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const length: HeaderPairs = [['content-length', '9']];
const bytes = (count: number) => new Uint8Array(count);

describe('the framing of a message', () => {
  it('is told by the bytes when all are there in time, whatever the head says', () => {
    const { wire, log } = recorder();
    const flow = new FramedFlow(wire, false);
    flow.headers(length, false);
    flow.body(bytes(4), true);
    expect(log).toEqual(['begin length 4', 'write 4', 'end 0']);
  });

  it('is told by the bytes of pieces, too, if the last comes in the same turn', () => {
    const { wire, log } = recorder();
    const flow = new FramedFlow(wire, false);
    flow.headers(length, false);
    flow.body(bytes(4), false);
    flow.body(bytes(2), false);
    expect(log).toEqual([]);
    flow.body(bytes(0), true);
    expect(log).toEqual(['begin length 6', 'write 4', 'write 2', 'end 0']);
  });

  it('is chunked when filters may still change a body that comes in turns, or is long', async () => {
    const { wire, log } = recorder();
    const flow = new FramedFlow(wire, false);
    flow.headers(length, false);
    flow.body(bytes(4), false);
    await turn();
    flow.body(bytes(5), true);
    expect(log).toEqual(['begin chunked', 'write 4', 'flush', 'write 5', 'end 0']);
    const second = recorder();
    const long = new FramedFlow(second.wire, false);
    long.headers(length, false);
    long.body(bytes(70_000), false);
    expect(second.log).toEqual(['begin chunked', 'write 70000']);
    long.cancel();
  });

  it('is the given length when no filter can touch the body', async () => {
    const { wire, log } = recorder();
    const flow = new FramedFlow(wire, true);
    flow.came(length);
    flow.headers(length, false);
    await turn();
    flow.body(bytes(4), false);
    expect(log).toEqual(['begin length 9', 'flush', 'write 4']);
  });

  it.each([
    ['has another number in it', [['content-length', '8']]],
    ['is gone', []],
  ] as const)('is chunked when the field %s by a filter that touches no body', (_, left) => {
    const { wire, log } = recorder();
    const flow = new FramedFlow(wire, true);
    flow.came(length);
    flow.headers(left, false);
    flow.body(bytes(4), false);
    expect(log).toEqual(['begin chunked', 'write 4']);
  });

  it('sends the head alone when the body is not there at the end of the turn', async () => {
    const { wire, log } = recorder();
    const flow = new FramedFlow(wire, false);
    flow.headers([], false);
    expect(log).toEqual([]);
    await turn();
    expect(log).toEqual(['begin chunked', 'flush']);
    flow.trailers([['x', '1']]);
    expect(log.slice(2)).toEqual(['end 1']);
  });

  it('says nothing after it was cancelled', async () => {
    const { wire, log } = recorder();
    const flow = new FramedFlow(wire, false);
    flow.headers([], false);
    flow.cancel();
    await turn();
    flow.body(bytes(1), true);
    expect(log).toEqual([]);
  });
});

describe('header fields', () => {
  it('of the hop do not go on, nor those that Connection names', () => {
    const fields: HeaderPairs = [
      ['connection', 'X-One , close'],
      ['x-one', '1'],
      ['te', 'trailers'],
      ['upgrade', 'h2c'],
      ['x-two', '2'],
    ];
    expect(endToEnd(fields)).toEqual([['x-two', '2']]);
  });

  it('that a filter made cannot split a message', () => {
    const fields: HeaderPairs = [
      [':status', '200'],
      ['x-bad', 'a\r\nset-cookie: b'],
      ['bad name', 'x'],
      ['content-length', '3'],
      ['x-good', 'grün'],
    ];
    expect(wireHeaders(fields)).toEqual([['x-good', 'grün']]);
    expect(legalPath('/a b')).toBe(false);
    expect(legalPath('/a\r\n')).toBe(false);
    expect(legalPath('*')).toBe(true);
  });

  it('that speak of the message do not come as trailers', () => {
    expect(
      passableTrailers([
        ['content-length', '1'],
        ['x-sum', '2'],
        [':status', '3'],
      ]),
    ).toEqual([['x-sum', '2']]);
  });
});
