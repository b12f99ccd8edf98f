import { Malformed, type ByteReader } from './byte-reader.ts';
import { visitExpression, type CodeVisitor } from './instructions.ts';
import {
  readLimits,
  readReferenceType,
  readTypeGroup,
  readValueType,
  type FeatureSet,
} from './read-types.ts';
import type { DefinedType, Export, ExternType, Import, Limits, Stretch } from './wasm-module.ts';

type FunctionExtern = Extract<ExternType, { kind: 'function' }>;
type TableExtern = Extract<ExternType, { kind: 'table' }>;
type GlobalExtern = Extract<ExternType, { kind: 'global' }>;

/** A module while it is read: the index spaces, imported things first. */
export interface Draft {
  readonly types: DefinedType[];
  readonly imports: Import[];
  readonly functions: FunctionExtern[];
  importedFunctions: number;
  readonly tables: TableExtern[];
  readonly memories: Limits[];
  readonly globals: GlobalExtern[];
  tags: number;
  readonly exports: Export[];
  start?: number;
  readonly referenced: Set<number>;
  readonly bodies: Stretch[];
  readonly dataSegments: Stretch[];
  readonly customSections: (Stretch & { readonly name: string })[];
  codeSize: number;
  dataSize: number;
  readonly features: FeatureSet;
}

/** What engines accept at most (WebAssembly JavaScript interface, implementation-defined limits). */
const most = 1_000_000;
const mostElements = 10_000_000;

/** Reads the content of one section that is not a custom one. */
export function readSection(id: number, reader: ByteReader, draft: Draft): void {
  switch (id) {
    case 1:
      return each(reader, 'types', 1, () => {
        readTypeGroup(reader, draft.types, draft.features);
        if (draft.types.length > most) throw new Malformed(reader.offset, 'there are too many types');
      });
    case 2:
      return each(reader, 'imports', 4, () => readImport(reader, draft));
    case 3:
      return each(reader, 'functions', 1, () => draft.functions.push(readFunction(reader, draft)));
    case 4:
      return each(reader, 'tables', 2, () => readTable(reader, draft));
    case 5:
      return each(reader, 'memories', 2, () => addMemory(readLimits(reader, draft.features), draft));
    case 6:
      return each(reader, 'globals', 3, () => {
        draft.globals.push(readGlobalType(reader, draft));
        expression(reader, draft);
      });
    case 7:
      return readExports(reader, draft);
    case 8:
      draft.start = functionIndex(reader, draft);
      return;
    case 9:
      return each(reader, 'element segments', 1, () => readElements(reader, draft), mostElements);
    case 10:
      draft.codeSize = reader.remaining;
      return each(reader, 'function bodies', 2, () => draft.bodies.push(stretch(reader, 'a function body')));
    case 11:
      draft.dataSize = reader.remaining;
      return each(reader, 'data segments', 1, () => readData(reader, draft));
    case 12:
      draft.features.add('bulk-memory');
      reader.u32('the number of data segments');
      return;
    default:
      return each(reader, 'tags', 2, () => readTag(reader, draft));
  }
}

function each(reader: ByteReader, what: string, smallest: number, read: () => void, limit = most): void {
  for (let left = reader.count(what, limit, smallest); left > 0; left -= 1) read();
}

function readImport(reader: ByteReader, draft: Draft): void {
  const module = reader.name('the module of an import');
  const name = reader.name('the name of an import');
  draft.imports.push({ module, name, type: readImportType(reader, draft) });
}

function readImportType(reader: ByteReader, draft: Draft): ExternType {
  const start = reader.offset;
  const kind = reader.byte('the kind of an import');
  switch (kind) {
    case 0: {
      const type = readFunction(reader, draft);
      draft.functions.push(type);
      draft.importedFunctions += 1;
      return type;
    }
    case 1: {
      const type = readTableType(reader, draft);
      draft.tables.push(type);
      return type;
    }
    case 2: {
      const limits = readLimits(reader, draft.features);
      addMemory(limits, draft);
      return { kind: 'memory', limits };
    }
    case 3: {
      const type = readGlobalType(reader, draft);
      if (type.mutable) draft.features.add('mutable-globals');
      draft.globals.push(type);
      return type;
    }
    case 4:
      readTag(reader, draft);
      return { kind: 'tag' };
    default:
      throw new Malformed(start, `${kind} is not a known kind of import`);
  }
}

function readFunction(reader: ByteReader, draft: Draft): FunctionExtern {
  const start = reader.offset;
  const typeIndex = reader.u32('the type of a function');
  const type = draft.types[typeIndex];
  if (type?.kind !== 'function')
    throw new Malformed(start, `type ${typeIndex} is not the type of a function`);
  return type;
}

function readTable(reader: ByteReader, draft: Draft): void {
  const initialised = reader.bytes[reader.offset] === 0x40;
  if (initialised) {
    draft.features.add('typed-function-references');
    reader.skip(2, 'the form of a table');
  }
  draft.tables.push(readTableType(reader, draft));
  if (initialised) expression(reader, draft);
}

function readTableType(reader: ByteReader, draft: Draft): TableExtern {
  // A table of functions is in WebAssembly 1.0, so the type of its entries is no sign of a newer feature.
  const plain = reader.bytes[reader.offset] === 0x70;
  const element = readReferenceType(reader, plain ? new Set() : draft.features);
  return { kind: 'table', element, limits: readLimits(reader, draft.features) };
}

function readGlobalType(reader: ByteReader, draft: Draft): GlobalExtern {
  const type = readValueType(reader, draft.features);
  const flags = reader.byte('the mutability of a global');
  if (flags > 3) throw new Malformed(reader.offset - 1, `${flags} is not a known mutability`);
  return { kind: 'global', type, mutable: (flags & 1) === 1 };
}

function addMemory(limits: Limits, draft: Draft): void {
  draft.memories.push(limits);
  if (draft.memories.length > 1) draft.features.add('multi-memory');
}

function readTag(reader: ByteReader, draft: Draft): void {
  draft.features.add('exceptions');
  reader.byte('the attribute of a tag');
  readFunction(reader, draft);
  draft.tags += 1;
}

function readExports(reader: ByteReader, draft: Draft): void {
  const names = new Set<string>();
  each(reader, 'exports', 3, () => {
    const start = reader.offset;
    const name = reader.name('the name of an export');
    if (names.has(name)) throw new Malformed(start, `two exports have the name ${JSON.stringify(name)}`);
    names.add(name);
    const kind = reader.byte('the kind of an export');
    const at = reader.offset;
    const index = reader.u32('the index of an export');
    const type = exported(kind, index, draft);
    if (type === undefined)
      throw new Malformed(at, `the export ${JSON.stringify(name)} is of something that is not there`);
    if (type.kind === 'global' && type.mutable) draft.features.add('mutable-globals');
    draft.exports.push({ name, index, type });
  });
}

function exported(kind: number, index: number, draft: Draft): ExternType | undefined {
  if (kind === 0) return draft.functions[index];
  if (kind === 1) return draft.tables[index];
  if (kind === 3) return draft.globals[index];
  if (kind === 4) return index < draft.tags ? { kind: 'tag' } : undefined;
  const limits = kind === 2 ? draft.memories[index] : undefined;
  return limits === undefined ? undefined : { kind: 'memory', limits };
}

function readElements(reader: ByteReader, draft: Draft): void {
  const start = reader.offset;
  const flags = reader.u32('the form of an element segment');
  if (flags > 7) throw new Malformed(start, `${flags} is not a known form of element segment`);
  const active = (flags & 1) === 0;
  const expressions = (flags & 4) !== 0;
  if (flags > 0) draft.features.add('bulk-memory');
  if (active && (flags & 2) !== 0) reader.u32('a table');
  if (active) expression(reader, draft);
  if ((flags & 3) !== 0) {
    if (expressions) readReferenceType(reader, draft.features);
    else reader.byte('the kind of an element segment');
  }
  each(
    reader,
    'elements',
    1,
    () => {
      if (expressions) expression(reader, draft);
      else draft.referenced.add(functionIndex(reader, draft));
    },
    mostElements,
  );
}

function readData(reader: ByteReader, draft: Draft): void {
  const start = reader.offset;
  const flags = reader.u32('the form of a data segment');
  if (flags > 2) throw new Malformed(start, `${flags} is not a known form of data segment`);
  if (flags > 0) draft.features.add('bulk-memory');
  if (flags === 2) reader.u32('a memory');
  if (flags !== 1) expression(reader, draft);
  draft.dataSegments.push(stretch(reader, 'a data segment'));
}

function functionIndex(reader: ByteReader, draft: Draft): number {
  const start = reader.offset;
  const index = reader.u32('a function');
  if (index >= draft.functions.length) throw new Malformed(start, `function ${index} is not there`);
  return index;
}

function stretch(reader: ByteReader, what: string): Stretch {
  const size = reader.u32(`the size of ${what}`);
  const offset = reader.offset;
  reader.skip(size, what);
  return { offset, size };
}

function expression(reader: ByteReader, draft: Draft): void {
  const visitor: CodeVisitor = {
    features: draft.features,
    call: () => {},
    indirectCall: () => {},
    reference: (index) => void draft.referenced.add(index),
  };
  visitExpression(reader, visitor);
}
