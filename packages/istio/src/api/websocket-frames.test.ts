import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader, type Message } from './websocket-frames.ts';

/** What a server sends: an unmasked frame. */
function serverFrame(opcode: number, payload: Uint8Array, final = true): Buffer {
  const size = payload.byteLength;
  const extended = size < 126 ? 0 : size < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + extended);
  head[0] = (final ? 0x80 : 0) | opcode;
  head[1] = extended === 0 ? size : extended === 2 ? 126 : 127;
  if (extended === 2) head.writeUInt16BE(size, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(size), 2);
  return Buffer.concat([head, payload]);
}

describe('WebSocket frames', () => {
  it('arrive whole, however they are cut', () => {
    const payload = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 5 }), fc.array(fc.nat({ max: 50 })), (payloads, cuts) => {
        const bytes = Buffer.concat(payloads.map((p) => serverFrame(2, p)));
        const reader = new FrameReader(1000);
        const messages: Message[] = [];
        let at = 0;
        for (const cut of cuts) {
          messages.push(...reader.push(bytes.subarray(at, at + cut)));
          at += cut;
        }
        messages.push(...reader.push(bytes.subarray(at)));
        expect(messages.map((m) => [...m.payload])).toEqual(payloads.map((p) => [...p]));
      }),
    );
  });

  it('are put together from fragments, with control frames between them', () => {
    const reader = new FrameReader(1000);
    const parts = [
      serverFrame(2, Buffer.from('ab'), false),
      serverFrame(9, Buffer.from('?')),
      serverFrame(0, Buffer.from('cd')),
    ];
    const messages = reader.push(Buffer.concat(parts));
    expect(messages.map((m) => [m.kind, m.payload.toString()])).toEqual([
      ['ping', '?'],
      ['binary', 'abcd'],
    ]);
  });

  it.each([125, 126, 65_535, 65_536])('go out masked, with %i bytes', (size) => {
    const payload = Buffer.alloc(size, 7);
    const frame = encodeFrame('binary', payload, Buffer.from([1, 2, 3, 4]));
    const start = frame.byteLength - size;
    expect(frame[0]).toBe(0x82);
    expect((frame[1] ?? 0) & 0x80).toBe(0x80);
    expect(frame.subarray(start).every((byte, i) => (byte ^ ((i % 4) + 1)) === 7)).toBe(true);
  });

  it.each([
    ['masked', Buffer.from([0x82, 0x81, 0, 0, 0, 0, 1])],
    ['compressed', Buffer.from([0xc2, 0x01, 1])],
    ['of an unknown kind', Buffer.from([0x8b, 0x00])],
    ['too large', Buffer.from([0x82, 0x7f, 0, 0, 0, 1, 0, 0, 0, 0])],
    ['a continuation of nothing', Buffer.from([0x80, 0x01, 1])],
  ])('are refused when they are %s', (_, bytes) => {
    expect(() => new FrameReader(1000).push(bytes)).toThrow(/server/);
  });

  it('are refused when their fragments add up to too much', () => {
    const reader = new FrameReader(3);
    reader.push(serverFrame(2, Buffer.from('ab'), false));
    expect(() => reader.push(serverFrame(0, Buffer.from('cd')))).toThrow('more than 3 bytes');
  });
});
