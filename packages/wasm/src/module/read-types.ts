import { Malformed, type ByteReader } from './byte-reader.ts';
import type { DefinedType, Feature, Limits, ValueType } from './wasm-module.ts';

/** Values by their byte (core spec 5.3.1 and 5.3.2). */
const numbers: Readonly<Record<number, ValueType>> = {
  0x7f: 'i32',
  0x7e: 'i64',
  0x7d: 'f32',
  0x7c: 'f64',
  0x7b: 'v128',
};

/** Abstract heap types by their byte (core spec 5.3.3). */
const heapTypes: Readonly<Record<number, string>> = {
  0x74: 'noexn',
  0x73: 'nofunc',
  0x72: 'noextern',
  0x71: 'none',
  0x70: 'func',
  0x6f: 'extern',
  0x6e: 'any',
  0x6d: 'eq',
  0x6c: 'i31',
  0x6b: 'struct',
  0x6a: 'array',
  0x69: 'exn',
};

/** Features are added to as they are met. */
export type FeatureSet = Set<Feature>;

/** Reads a value type; notes what it needs beyond WebAssembly 1.0. */
export function readValueType(reader: ByteReader, features: FeatureSet): ValueType {
  const start = reader.offset;
  const byte = reader.byte('a value type');
  const number = numbers[byte];
  if (number !== undefined) {
    if (byte === 0x7b) features.add('simd');
    return number;
  }
  return readReference(reader, byte, start, features);
}

/** Reads a reference type. */
export function readReferenceType(reader: ByteReader, features: FeatureSet): ValueType {
  const start = reader.offset;
  return readReference(reader, reader.byte('a reference type'), start, features);
}

function readReference(reader: ByteReader, byte: number, start: number, features: FeatureSet): ValueType {
  if (byte === 0x63 || byte === 0x64) {
    features.add('typed-function-references');
    return `(ref ${byte === 0x63 ? 'null ' : ''}${readHeapType(reader)})`;
  }
  const heap = heapTypes[byte];
  if (heap === undefined) throw new Malformed(start, `0x${byte.toString(16)} is not a known value type`);
  features.add(byte === 0x69 || byte === 0x74 ? 'exceptions' : isOld(byte) ? 'reference-types' : 'gc');
  return `${heap}ref`;
}

/** funcref is in WebAssembly 1.0 for tables; as a value it came with reference types, together with externref. */
function isOld(byte: number): boolean {
  return byte === 0x70 || byte === 0x6f;
}

/** Reads a heap type: an abstract one, or the index of a defined one. */
export function readHeapType(reader: ByteReader): string {
  const start = reader.offset;
  const value = reader.s33('a heap type');
  if (value >= 0) return String(value);
  const name = heapTypes[value + 0x80];
  if (name === undefined || value < -0x40) throw new Malformed(start, 'this is not a known heap type');
  return name;
}

/** Reads one entry of the type section, which is one type or a group that refer to each other. */
export function readTypeGroup(reader: ByteReader, types: DefinedType[], features: FeatureSet): void {
  if (reader.bytes[reader.offset] !== 0x4e || reader.remaining === 0) {
    types.push(readSubType(reader, types.length, features));
    return;
  }
  reader.byte('a type');
  features.add('gc');
  for (let left = reader.count('types of a group', 1_000_000); left > 0; left -= 1) {
    types.push(readSubType(reader, types.length, features));
  }
}

function readSubType(reader: ByteReader, typeIndex: number, features: FeatureSet): DefinedType {
  let start = reader.offset;
  let form = reader.byte('a type');
  if (form === 0x4f || form === 0x50) {
    features.add('gc');
    for (let left = reader.count('super types', 1_000_000); left > 0; left -= 1) reader.u32('a super type');
    start = reader.offset;
    form = reader.byte('a type');
  }
  switch (form) {
    case 0x60: {
      const params = readValueTypes(reader, 'parameters', features);
      const results = readValueTypes(reader, 'results', features);
      if (results.length > 1) features.add('multi-value');
      return { kind: 'function', typeIndex, params, results };
    }
    case 0x5f:
      features.add('gc');
      for (let left = reader.count('fields', 1_000_000, 2); left > 0; left -= 1) readField(reader, features);
      return { kind: 'struct' };
    case 0x5e:
      features.add('gc');
      readField(reader, features);
      return { kind: 'array' };
    default:
      throw new Malformed(start, `0x${form.toString(16)} is not a known form of type`);
  }
}

function readField(reader: ByteReader, features: FeatureSet): void {
  const packed = reader.bytes[reader.offset];
  if (packed === 0x78 || packed === 0x77) reader.byte('a packed type');
  else readValueType(reader, features);
  reader.byte('the mutability of a field');
}

function readValueTypes(reader: ByteReader, what: string, features: FeatureSet): ValueType[] {
  const types: ValueType[] = [];
  for (let left = reader.count(what, 1000); left > 0; left -= 1) types.push(readValueType(reader, features));
  return types;
}

/** Reads the limits of a memory or a table (core spec 5.3.12, with the flags of threads, memory64 and page sizes). */
export function readLimits(reader: ByteReader, features: FeatureSet): Limits {
  const start = reader.offset;
  const flags = reader.byte('limits');
  if (flags > 0x0f) throw new Malformed(start, `limits have the unknown flags 0x${flags.toString(16)}`);
  const wide = (flags & 4) !== 0;
  const size = (what: string): bigint => (wide ? reader.u64(what) : BigInt(reader.u32(what)));
  if (wide) features.add('memory64');
  if ((flags & 2) !== 0) features.add('atomics');
  const minimum = size('a minimum');
  const maximum = (flags & 1) === 0 ? undefined : size('a maximum');
  if ((flags & 8) !== 0) features.add('custom-page-sizes');
  const pageSizeLog2 = (flags & 8) === 0 ? undefined : reader.u32('a page size');
  return {
    minimum,
    ...(maximum === undefined ? {} : { maximum }),
    shared: (flags & 2) !== 0,
    wide,
    ...(pageSizeLog2 === undefined ? {} : { pageSizeLog2 }),
  };
}
