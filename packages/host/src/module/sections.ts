import { assertNever } from '@wasmcast/core';
import { MalformedModule, Reader } from './reader.ts';

/** A function's type as short names, `(i32, i64) -> i32`; types beyond the number types are given by their byte. */
export type Signature = string;

/** One import of a module. */
export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly kind: 'function' | 'table' | 'memory' | 'global' | 'tag';
  /** Of a function. */
  readonly signature?: Signature;
  /** Of a table or memory. */
  readonly limits?: MemoryLimits;
}

/** Where the limits of the memory that the module defines stand in its bytes. */
export interface MemoryLimits {
  /** Offset of the limits' flag byte, and of the byte after them. */
  readonly start: number;
  readonly end: number;
  readonly shared: boolean;
  readonly is64: boolean;
  readonly minPages: number;
  readonly maxPages: number | undefined;
}

/** What the host has to know of a module before V8 sees it. */
export interface ModuleShape {
  readonly imports: readonly ModuleImport[];
  /** Signatures of the exported functions, by name. */
  readonly functions: ReadonlyMap<string, Signature>;
  readonly hasStart: boolean;
  /** Offset of the size of the memory section, when there is one memory. */
  readonly memorySection:
    | { readonly sizeAt: number; readonly bodyAt: number; readonly bodyEnd: number }
    | undefined;
  readonly memory: MemoryLimits | undefined;
}

const numberTypes = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
]);

const importKinds = ['function', 'table', 'memory', 'global', 'tag'] as const;

/**
 * Reads imports, exported functions, start and memory of a module. V8 checks the module itself: this reader looks only at
 * what it needs, and throws {@link MalformedModule} when that is broken.
 */
export function readShape(bytes: Uint8Array): ModuleShape {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  if (bytes.length < 8 || header.some((byte, i) => bytes[i] !== byte)) {
    throw new MalformedModule('these bytes are not a WebAssembly module (version 1)');
  }
  const types: Signature[] = [];
  const imports: ModuleImport[] = [];
  const functionTypes: number[] = [];
  const exported: [name: string, index: number][] = [];
  let hasStart = false;
  let memorySection: ModuleShape['memorySection'];
  let memory: MemoryLimits | undefined;

  const file = new Reader(bytes, 8, bytes.length);
  while (file.at < file.end) {
    const id = file.byte();
    const sizeAt = file.at;
    const size = file.uint();
    const section = new Reader(bytes, file.at, file.at + size);
    file.skip(size);
    if (id === 1) readTypes(section, types);
    if (id === 2) {
      for (let count = section.uint(); count > 0; count--) {
        const item = readImport(section, types);
        if (item.kind === 'function') functionTypes.push(item.typeIndex as number);
        imports.push(item.import);
      }
    }
    if (id === 3) for (let count = section.uint(); count > 0; count--) functionTypes.push(section.uint());
    if (id === 5) {
      const bodyAt = section.at;
      if (section.uint() > 0) {
        memorySection = { sizeAt, bodyAt, bodyEnd: section.end };
        memory = readLimits(section);
      }
    }
    if (id === 7) {
      for (let count = section.uint(); count > 0; count--) {
        const name = section.name();
        const kind = section.byte();
        const index = section.uint();
        if (kind === 0) exported.push([name, index]);
      }
    }
    if (id === 8) hasStart = true;
  }
  const functions = new Map(exported.map(([name, i]) => [name, types[functionTypes[i] ?? -1] ?? 'unknown']));
  return { imports, functions, hasStart, memorySection, memory };
}

function readTypes(section: Reader, types: Signature[]): void {
  for (let count = section.uint(); count > 0; count--) {
    // Recursive, sub and composite types of the GC proposal: no callback and no host call has one, so the types that
    // follow cannot be numbered without reading them, and are left unknown.
    if (section.byte() !== 0x60) return;
    const params = readValueTypes(section);
    types.push(`(${params.join(', ')}) -> ${readValueTypes(section).join(', ')}`.trimEnd());
  }
}

function readValueTypes(section: Reader): string[] {
  const list: string[] = [];
  for (let count = section.uint(); count > 0; count--) {
    const byte = section.byte();
    // A reference with an explicit heap type is followed by that type.
    if (byte === 0x63 || byte === 0x64) section.uint();
    list.push(numberTypes.get(byte) ?? `0x${byte.toString(16)}`);
  }
  return list;
}

function readImport(
  section: Reader,
  types: readonly Signature[],
): { readonly import: ModuleImport; readonly kind: ModuleImport['kind']; readonly typeIndex?: number } {
  const module = section.name();
  const name = section.name();
  const kind = importKinds[section.byte()];
  if (kind === undefined) {
    throw new MalformedModule(`the import ${module}.${name} is of a kind that does not exist`);
  }
  switch (kind) {
    case 'function': {
      const typeIndex = section.uint();
      return { import: { module, name, kind, signature: types[typeIndex] ?? 'unknown' }, kind, typeIndex };
    }
    case 'table':
      if ([0x63, 0x64].includes(section.byte())) section.uint();
      return { import: { module, name, kind, limits: readLimits(section) }, kind };
    case 'memory':
      return { import: { module, name, kind, limits: readLimits(section) }, kind };
    case 'global':
      if ([0x63, 0x64].includes(section.byte())) section.uint();
      section.byte();
      return { import: { module, name, kind }, kind };
    case 'tag':
      section.byte();
      section.uint();
      return { import: { module, name, kind }, kind };
    default:
      return assertNever(kind);
  }
}

function readLimits(section: Reader): MemoryLimits {
  const start = section.at;
  const flags = section.byte();
  const minPages = section.uint();
  const maxPages = (flags & 1) === 0 ? undefined : section.uint();
  return { start, end: section.at, shared: (flags & 2) !== 0, is64: (flags & 4) !== 0, minPages, maxPages };
}
