import { unsignedLeb } from '../module/append-section.ts';

/** A value type's letter-free name as `encodeModule` takes it. */
export type TestType = 'i32' | 'i64' | 'f32' | 'f64';

/** `[parameters, results]`. */
export type TestSignature = readonly [readonly TestType[], readonly TestType[]];

/** A module for a test, described by what the test is about; everything is optional. */
export interface TestModule {
  readonly imports?: readonly (readonly [module: string, name: string, signature: TestSignature])[];
  /** Sections of other things than functions, appended to the import section as raw entries. */
  readonly rawImports?: readonly (readonly number[])[];
  readonly functions?: readonly {
    readonly export?: string;
    readonly signature: TestSignature;
    /** Instructions without the final `end`; default: constants for the results. */
    readonly body?: readonly number[];
  }[];
  /** Minimum and maximum in pages; `false`: no memory. Default `[1]`. */
  readonly memory?: readonly [number, number?] | false;
  /** Default `memory`; `false`: not exported. */
  readonly memoryExport?: string | false;
  /** Index of the start function in the space of all functions. */
  readonly start?: number;
  /** Functions in a table, for call_indirect. */
  readonly table?: readonly number[];
  readonly data?: string;
  readonly custom?: readonly (readonly [name: string, payload: readonly number[] | string])[];
}

const bytesOf: Readonly<Record<TestType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
const zero: Readonly<Record<TestType, readonly number[]>> = {
  i32: [0x41, 0],
  i64: [0x42, 0],
  f32: [0x43, 0, 0, 0, 0],
  f64: [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
};

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** Encodes a module. */
export function encodeModule(module: TestModule): Uint8Array {
  const imports = module.imports ?? [];
  const functions = module.functions ?? [];
  const signatures = [...imports.map((i) => i[2]), ...functions.map((f) => f.signature)];
  const type = (index: number): readonly number[] => unsignedLeb(index);
  const exports = functions.flatMap((f, at) =>
    f.export === undefined ? [] : [[...text(f.export), 0, ...unsignedLeb(imports.length + at)]],
  );
  const memory = module.memory ?? [1];
  const memoryExport = module.memoryExport ?? 'memory';
  if (memory !== false && memoryExport !== false) exports.push([...text(memoryExport), 2, 0]);
  const importEntries = [
    ...imports.map(([from, name], at) => [...text(from), ...text(name), 0, ...type(at)]),
    ...(module.rawImports ?? []),
  ];
  const table = module.table;
  return Uint8Array.from([
    ...header,
    ...section(1, vector(signatures.map(([p, r]) => [0x60, ...types(p), ...types(r)]))),
    ...section(2, vector(importEntries)),
    ...section(3, vector(functions.map((_, at) => type(imports.length + at)))),
    ...(table === undefined ? [] : section(4, vector([[0x70, 0, ...unsignedLeb(table.length)]]))),
    ...(memory === false ? [] : section(5, vector([limits(memory)]))),
    ...section(7, vector(exports)),
    ...(module.start === undefined ? [] : section(8, unsignedLeb(module.start))),
    ...(table === undefined
      ? []
      : section(9, vector([[0, 0x41, 0, 0x0b, ...vector(table.map((f) => unsignedLeb(f)))]]))),
    ...section(10, vector(functions.map((f) => sized([0, ...(f.body ?? zeros(f.signature)), 0x0b])))),
    ...(module.data === undefined ? [] : section(11, vector([[0, 0x41, 0, 0x0b, ...text(module.data)]]))),
    ...(module.custom ?? []).flatMap(([name, payload]) => section(0, [...text(name), ...raw(payload)])),
  ]);
}

/** A length-prefixed UTF-8 string. */
export function text(value: string): number[] {
  return sized(raw(value));
}

/** One section with its id and size. */
export function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

/** A count and that many entries. */
export function vector(entries: readonly (readonly number[])[]): number[] {
  return [...unsignedLeb(entries.length), ...entries.flat()];
}

function raw(value: readonly number[] | string): number[] {
  return typeof value === 'string' ? [...new TextEncoder().encode(value)] : [...value];
}

function sized(content: readonly number[]): number[] {
  return [...unsignedLeb(content.length), ...content];
}

function types(list: readonly TestType[]): number[] {
  return vector(list.map((t) => [bytesOf[t]]));
}

function zeros(signature: TestSignature): number[] {
  return signature[1].flatMap((t) => [...zero[t]]);
}

function limits([minimum, maximum]: readonly [number, number?]): number[] {
  return maximum === undefined
    ? [0, ...unsignedLeb(minimum)]
    : [1, ...unsignedLeb(minimum), ...unsignedLeb(maximum)];
}
