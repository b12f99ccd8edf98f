import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** What is read of one field into an object; the reader stands behind the field's tag. */
type Take = (reader: BinaryReader, into: Record<string, unknown>) => void;

interface Field {
  readonly wire: WireType;
  readonly take: Take;
}

/** What is read of a message, by the numbers of its fields; all others are skipped by their length, unread. */
export type Message = Readonly<Record<number, Field>>;

/** A string. An empty one is left out, as the API server's JSON does. */
export function text(name: string): Field {
  return length((reader, into) => {
    const value = reader.string();
    if (value !== '') into[name] = value;
  });
}

/** Several strings. */
export function texts(name: string): Field {
  return length((reader, into) => listAt<string>(into, name).push(reader.string()));
}

/** A bool. */
export function flag(name: string): Field {
  return varint((reader, into) => (into[name] = reader.bool()));
}

/** An int32 or int64; above 2^53 inexact, which nothing that is counted here reaches. */
export function count(name: string): Field {
  return varint((reader, into) => (into[name] = Number(reader.int64())));
}

/** Bytes, as a part of those that are read. */
export function bytes(name: string): Field {
  return length((reader, into) => (into[name] = reader.bytes()));
}

/** A message within. */
export function one(name: string, message: Message): Field {
  return length((reader, into) => (into[name] = readDelimited(reader, message)));
}

/** A message within, whose fields JSON shows as if they were the outer one's (Go's embedded structs). */
export function inlined(message: Message): Field {
  return length((reader, into) => Object.assign(into, readDelimited(reader, message)));
}

/** Several messages. */
export function many(name: string, message: Message): Field {
  return length((reader, into) => listAt(into, name).push(readDelimited(reader, message)));
}

/** A map of strings to strings. */
export function map(name: string): Field {
  return length((reader, into) => {
    const { key = '', value = '' } = readDelimited(reader, entry) as { key?: string; value?: string };
    ((into[name] ??= {}) as Record<string, string>)[key] = value;
  });
}

/** A meta/v1 Time as its JSON has it: RFC 3339 in whole seconds. */
export function time(name: string): Field {
  return length((reader, into) => {
    const { seconds = 0 } = readDelimited(reader, instant) as { seconds?: number };
    into[name] = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  });
}

const entry: Message = { 1: text('key'), 2: text('value') };
const instant: Message = { 1: count('seconds') };

/** Reads a whole message. Throws when its bytes are none (https://protobuf.dev/programming-guides/encoding). */
export function readMessage(content: Uint8Array, message: Message): Record<string, unknown> {
  return readUntil(new BinaryReader(content), content.byteLength, message);
}

function readDelimited(reader: BinaryReader, message: Message): Record<string, unknown> {
  const size = reader.uint32();
  return readUntil(reader, reader.pos + size, message);
}

function readUntil(reader: BinaryReader, end: number, message: Message): Record<string, unknown> {
  const into: Record<string, unknown> = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    const number = tag >>> 3;
    const wire: WireType = tag & 7;
    const field = message[number];
    if (field?.wire === wire) field.take(reader, into);
    else if (field !== undefined) throw new Error(`field ${number} is encoded as another type`);
    else skip(reader, number, wire);
  }
  if (reader.pos !== end) throw new RangeError('a field is longer than its message');
  return into;
}

/** Most of what a pod is goes here; the reader's own `skip` would make an object of each. */
function skip(reader: BinaryReader, number: number, wire: WireType): void {
  if (number === 0) throw new Error('there is no field 0');
  if (wire !== WireType.LengthDelimited) return void reader.skip(wire, number);
  const size = reader.uint32();
  reader.pos += size;
}

function length(take: Take): Field {
  return { wire: WireType.LengthDelimited, take };
}

function varint(take: Take): Field {
  return { wire: WireType.Varint, take };
}

function listAt<T>(into: Record<string, unknown>, name: string): T[] {
  return (into[name] ??= []) as T[];
}
