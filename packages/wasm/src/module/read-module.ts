import { ByteReader, Malformed } from './byte-reader.ts';
import { readSection, type Draft } from './read-sections.ts';
import type { FunctionType, ReadResult, WasmModule } from './wasm-module.ts';

/** No host takes a larger module (Envoy's image fetcher and cache stop at 256 MiB). */
export const largestModule = 256 * 1024 * 1024;

/** Where each section may stand: ids in the order in which they must come (core spec 5.5.16). */
const order = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

const sectionNames: Readonly<Record<number, string>> = {
  1: 'type',
  2: 'import',
  3: 'function',
  4: 'table',
  5: 'memory',
  6: 'global',
  7: 'export',
  8: 'start',
  9: 'element',
  10: 'code',
  11: 'data',
  12: 'data count',
  13: 'tag',
};

/**
 * Reads the structure of a WebAssembly module. Never throws and never reads beyond the bytes: what is not a module is
 * answered as `malformed` with the offset at which that showed. Every module that V8 validates is read.
 */
export function readModule(bytes: Uint8Array): ReadResult {
  try {
    return { kind: 'module', module: readAll(bytes) };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { kind: 'malformed', offset: error.offset, reason: error.message };
  }
}

function readAll(bytes: Uint8Array): WasmModule {
  if (bytes.length > largestModule) throw new Malformed(0, `the file is larger than ${largestModule} bytes`);
  const reader = new ByteReader(bytes);
  readHeader(reader);
  const draft: Draft = {
    types: [],
    imports: [],
    functions: [],
    importedFunctions: 0,
    tables: [],
    memories: [],
    globals: [],
    tags: 0,
    exports: [],
    referenced: new Set(),
    bodies: [],
    dataSegments: [],
    customSections: [],
    codeSize: 0,
    dataSize: 0,
    features: new Set(),
  };
  let last = -1;
  while (reader.remaining > 0) last = readOne(reader, draft, last);
  const defined = draft.functions.length - draft.importedFunctions;
  if (defined !== draft.bodies.length) {
    throw new Malformed(
      bytes.length,
      `${defined} functions are declared and ${draft.bodies.length} have code`,
    );
  }
  const { tables: _tables, globals: _globals, tags: _tags, ...module } = draft;
  const functions: readonly FunctionType[] = draft.functions;
  return { ...module, functions, bytes };
}

function readHeader(reader: ByteReader): void {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  for (const [at, expected] of header.entries()) {
    const byte = reader.byte(at < 4 ? 'the magic number \\0asm' : 'the version');
    if (byte === expected) continue;
    if (at < 4) throw new Malformed(0, 'the file does not begin with \\0asm');
    const component = reader.bytes[4] === 0x0d && reader.bytes[6] === 0x01;
    throw new Malformed(4, component ? 'this is a component, not a core module' : 'this is not version 1');
  }
}

function readOne(reader: ByteReader, draft: Draft, last: number): number {
  const start = reader.offset;
  const id = reader.byte('a section');
  const size = reader.u32('the size of a section');
  const content = reader.offset;
  reader.skip(size, id === 0 ? 'a custom section' : `the ${sectionNames[id] ?? 'unknown'} section`);
  const section = new ByteReader(reader.bytes, content, reader.offset);
  if (id === 0) {
    const name = section.name('the name of a custom section', 'lenient');
    draft.customSections.push({ name, offset: section.offset, size: section.remaining });
    return last;
  }
  const place = order.indexOf(id);
  if (place === -1) throw new Malformed(start, `${id} is not a known section`);
  if (place <= last)
    throw new Malformed(start, `the ${sectionNames[id]} section is out of order or comes twice`);
  readSection(id, section, draft);
  if (section.remaining > 0) {
    throw new Malformed(
      section.offset,
      `the ${sectionNames[id]} section has ${section.remaining} bytes too many`,
    );
  }
  return place;
}
