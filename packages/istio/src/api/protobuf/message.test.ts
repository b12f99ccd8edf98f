import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import {
  count,
  flag,
  inlined,
  many,
  map,
  type Message,
  one,
  readMessage,
  text,
  texts,
  time,
} from './message.ts';

const inner: Message = { 1: text('name'), 2: one('more', { 1: text('name') }) };
const message: Message = {
  1: text('name'),
  2: texts('args'),
  3: many('items', inner),
  4: map('labels'),
  5: flag('ready'),
  6: count('restarts'),
  7: time('at'),
  8: inlined({ 1: text('within') }),
};

const entry = (writer: BinaryWriter, key: string, value: string): BinaryWriter =>
  writer
    .fork()
    .tag(1, WireType.LengthDelimited)
    .string(key)
    .tag(2, WireType.LengthDelimited)
    .string(value)
    .join();

function written(): Uint8Array {
  const w = new BinaryWriter();
  w.tag(1, WireType.LengthDelimited).string('ä 🎈');
  for (const arg of ['a', '']) w.tag(2, WireType.LengthDelimited).string(arg);
  // Fields that nobody reads, of every type.
  w.tag(90, WireType.Varint).int64(-1);
  w.tag(91, WireType.Bit64).fixed64(1);
  w.tag(92, WireType.Bit32).fixed32(1);
  w.tag(93, WireType.LengthDelimited).bytes(new Uint8Array(1000));
  w.tag(94, WireType.StartGroup).tag(1, WireType.Varint).uint32(1).tag(94, WireType.EndGroup);
  w.tag(3, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string('x').join();
  w.tag(3, WireType.LengthDelimited).fork().join();
  entry(w.tag(4, WireType.LengthDelimited), 'app', 'shop');
  entry(w.tag(4, WireType.LengthDelimited), 'empty', '');
  entry(w.tag(4, WireType.LengthDelimited), '__proto__', 'polluted');
  w.tag(5, WireType.Varint).bool(false);
  w.tag(6, WireType.Varint).int64(3);
  w.tag(7, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int64(1_767_323_045).join();
  w.tag(8, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string('y').join();
  return w.finish();
}

describe('a message of protobuf', () => {
  it('is read as far as it is described', () => {
    expect(readMessage(written(), message)).toEqual({
      name: 'ä 🎈',
      args: ['a', ''],
      items: [{ name: 'x' }, {}],
      labels: { app: 'shop', empty: '' },
      ready: false,
      restarts: 3,
      at: '2026-01-02T03:04:05Z',
      within: 'y',
    });
  });

  it('is refused when a field is of another type, or longer than what it is in', () => {
    const number = new BinaryWriter().tag(1, WireType.Varint).int32(1).finish();
    expect(() => readMessage(number, message)).toThrow('field 1 is encoded as another type');
    const long = new BinaryWriter().tag(3, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited);
    const bytes = long.string('abc').join().finish();
    // The string says that it goes on where the message that it is in has ended.
    bytes[3] = 4;
    expect(() => readMessage(Buffer.concat([bytes, Buffer.alloc(8)]), message)).toThrow(RangeError);
  });

  it('ends with an error or an object, whatever bytes there are', () => {
    const whole = written();
    const ends: string[] = [];
    for (let at = 0; at < whole.byteLength; at++) {
      ends.push(endOf(whole.subarray(0, at)));
      for (const xor of [0x01, 0x80, 0xff]) {
        const changed = Uint8Array.from(whole);
        changed[at] = (changed[at] ?? 0) ^ xor;
        ends.push(endOf(changed));
      }
    }
    expect(new Set(ends)).toEqual(new Set(['object', 'Error', 'RangeError']));
  });
});

/** What reading these bytes ends with: the type of what is given, or the name of the error. */
function endOf(bytes: Uint8Array): string {
  try {
    return typeof readMessage(bytes, message);
  } catch (error) {
    return error instanceof Error ? error.name : 'no error';
  }
}
