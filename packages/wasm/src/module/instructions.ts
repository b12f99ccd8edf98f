import { Malformed, type ByteReader } from './byte-reader.ts';
import { readHeapType, readValueType, type FeatureSet } from './read-types.ts';

/** What a stretch of instructions does that matters to a call graph. */
export interface CodeVisitor {
  readonly features: FeatureSet;
  /** A direct call, also a tail call. */
  call(functionIndex: number): void;
  /** A call through a table or a reference, whose callee is not known. */
  indirectCall(): void;
  /** The function's reference is taken. */
  reference(functionIndex: number): void;
}

/**
 * Passes over one expression: instructions up to the `end` that closes it. Immediates are read, types are not checked.
 * Throws `Malformed` at an opcode that is not known, of WebAssembly 3.0 and the proposals that engines ship.
 */
export function visitExpression(reader: ByteReader, visitor: CodeVisitor): void {
  for (let depth = 1; depth > 0;) depth += visitInstruction(reader, visitor);
}

/** One instruction; answers by how much it changes the nesting. */
function visitInstruction(reader: ByteReader, visitor: CodeVisitor): number {
  const start = reader.offset;
  const opcode = reader.byte('an instruction');
  if (opcode >= 0x45 && opcode <= 0xc4) {
    if (opcode >= 0xc0) visitor.features.add('sign-ext');
    return 0;
  }
  if (opcode >= 0x28 && opcode <= 0x3e) return memoryArgument(reader);
  switch (opcode) {
    case 0x00: // unreachable
    case 0x01: // nop
    case 0x05: // else
    case 0x0f: // return
    case 0x1a: // drop
    case 0x1b: // select
    case 0xd1: // ref.is_null
    case 0xd3: // ref.eq
    case 0xd4: // ref.as_non_null
      return 0;
    case 0x19: // catch_all
      visitor.features.add('legacy-exceptions');
      return 0;
    case 0x0a: // throw_ref
      visitor.features.add('exceptions');
      return 0;
    case 0x0b: // end
      return -1;
    case 0x02: // block
    case 0x03: // loop
    case 0x04: // if
      blockType(reader, visitor);
      return 1;
    case 0x06: // try
      visitor.features.add('legacy-exceptions');
      blockType(reader, visitor);
      return 1;
    case 0x18: // delegate
      visitor.features.add('legacy-exceptions');
      reader.u32('a label');
      return -1;
    case 0x07: // catch
    case 0x09: // rethrow
      visitor.features.add('legacy-exceptions');
      reader.u32('an index');
      return 0;
    case 0x08: // throw
      reader.u32('a tag');
      return 0;
    case 0x1f: // try_table
      visitor.features.add('exceptions');
      blockType(reader, visitor);
      catchClauses(reader);
      return 1;
    case 0x0c: // br
    case 0x0d: // br_if
    case 0x20: // local.get
    case 0x21: // local.set
    case 0x22: // local.tee
    case 0x23: // global.get
    case 0x24: // global.set
    case 0x25: // table.get
    case 0x26: // table.set
    case 0x3f: // memory.size
    case 0x40: // memory.grow
    case 0xd5: // br_on_null
    case 0xd6: // br_on_non_null
      reader.u32('an index');
      return 0;
    case 0x0e: // br_table
      for (let left = reader.count('labels', 1_000_000) + 1; left > 0; left -= 1) reader.u32('a label');
      return 0;
    case 0x10: // call
      visitor.call(reader.u32('a function'));
      return 0;
    case 0x12: // return_call
      visitor.features.add('tail-call');
      visitor.call(reader.u32('a function'));
      return 0;
    case 0x11: // call_indirect
    case 0x13: // return_call_indirect
      if (opcode === 0x13) visitor.features.add('tail-call');
      reader.u32('a type');
      reader.u32('a table');
      visitor.indirectCall();
      return 0;
    case 0x14: // call_ref
    case 0x15: // return_call_ref
      visitor.features.add('typed-function-references');
      reader.u32('a type');
      visitor.indirectCall();
      return 0;
    case 0x1c: // select with types
      for (let left = reader.count('types', 1000); left > 0; left -= 1)
        readValueType(reader, visitor.features);
      return 0;
    case 0x41: // i32.const
      reader.skipLeb(32, 'a constant');
      return 0;
    case 0x42: // i64.const
      reader.skipLeb(64, 'a constant');
      return 0;
    case 0x43: // f32.const
      reader.skip(4, 'a constant');
      return 0;
    case 0x44: // f64.const
      reader.skip(8, 'a constant');
      return 0;
    case 0xd0: // ref.null
      visitor.features.add('reference-types');
      readHeapType(reader);
      return 0;
    case 0xd2: // ref.func
      visitor.reference(reader.u32('a function'));
      return 0;
    case 0xfb:
      return visitGc(reader, visitor, start);
    case 0xfc:
      return visitBulk(reader, visitor, start);
    case 0xfd:
      return visitVector(reader, visitor);
    case 0xfe:
      return visitAtomic(reader, visitor);
    default:
      throw new Malformed(start, `0x${opcode.toString(16)} is not a known instruction`);
  }
}

function memoryArgument(reader: ByteReader): 0 {
  const alignment = reader.u32('an alignment');
  if ((alignment & 0x40) !== 0) reader.u32('a memory');
  reader.skipLeb(64, 'a memory offset');
  return 0;
}

function blockType(reader: ByteReader, visitor: CodeVisitor): void {
  const next = reader.bytes[reader.offset] ?? 0;
  if (next === 0x40) reader.byte('a block type');
  else if (next > 0x40 && next < 0x80) readValueType(reader, visitor.features);
  else if (reader.s33('a block type') >= 0) visitor.features.add('multi-value');
}

function catchClauses(reader: ByteReader): void {
  for (let left = reader.count('catch clauses', 1_000_000, 2); left > 0; left -= 1) {
    if (reader.byte('a catch clause') < 2) reader.u32('a tag');
    reader.u32('a label');
  }
}

/** How many indices follow each GC instruction from struct.new (0) to array.init_elem (19). */
const gcIndices = [1, 1, 2, 2, 2, 2, 1, 1, 2, 2, 2, 1, 1, 1, 1, 0, 1, 2, 2, 2];

function visitGc(reader: ByteReader, visitor: CodeVisitor, start: number): 0 {
  visitor.features.add('gc');
  const opcode = reader.u32('a GC instruction');
  const indices = gcIndices[opcode];
  if (indices !== undefined) {
    for (let left = indices; left > 0; left -= 1) reader.u32('an index');
  } else if (opcode <= 23) {
    readHeapType(reader); // ref.test, ref.cast
  } else if (opcode <= 25) {
    reader.byte('the flags of a cast'); // br_on_cast, br_on_cast_fail
    reader.u32('a label');
    readHeapType(reader);
    readHeapType(reader);
  } else if (opcode > 30) {
    throw new Malformed(start, `0xfb ${opcode} is not a known instruction`);
  }
  return 0;
}

/** How many indices follow each instruction from i32.trunc_sat_f32_s (0) to i64.mul_wide_u (22); -1: there is none. */
const bulkIndices = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1, -1, 0, 0, 0, 0];

function visitBulk(reader: ByteReader, visitor: CodeVisitor, start: number): 0 {
  const opcode = reader.u32('an instruction');
  const indices = bulkIndices[opcode] ?? -1;
  if (indices < 0) throw new Malformed(start, `0xfc ${opcode} is not a known instruction`);
  for (let left = indices; left > 0; left -= 1) reader.u32('an index');
  if (opcode < 8) visitor.features.add('nontrapping-fptoint');
  else if (opcode < 15) visitor.features.add('bulk-memory');
  else visitor.features.add(opcode < 18 ? 'reference-types' : 'wide-arithmetic');
  return 0;
}

function visitVector(reader: ByteReader, visitor: CodeVisitor): 0 {
  const opcode = reader.u32('a vector instruction');
  visitor.features.add(opcode >= 0x100 ? 'relaxed-simd' : 'simd');
  if (opcode <= 11 || opcode === 92 || opcode === 93) return memoryArgument(reader);
  if (opcode === 12 || opcode === 13) reader.skip(16, 'a vector');
  else if (opcode >= 21 && opcode <= 34) reader.byte('a lane');
  else if (opcode >= 84 && opcode <= 91) {
    memoryArgument(reader);
    reader.byte('a lane');
  }
  return 0;
}

function visitAtomic(reader: ByteReader, visitor: CodeVisitor): 0 {
  visitor.features.add('atomics');
  const opcode = reader.u32('an atomic instruction');
  if (opcode === 3) reader.byte('a fence');
  else if (opcode !== 4) memoryArgument(reader);
  return 0;
}
