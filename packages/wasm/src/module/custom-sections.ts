import { ByteReader, Malformed } from './byte-reader.ts';
import type { WasmModule } from './wasm-module.ts';

/** One entry of the `producers` section (tool conventions): `field` is language, processed-by or sdk. */
export interface Producer {
  readonly field: string;
  readonly name: string;
  readonly version: string;
}

/** The payload of the first custom section of that name. */
export function customSection(module: WasmModule, name: string): Uint8Array | undefined {
  const section = module.customSections.find((candidate) => candidate.name === name);
  return section && module.bytes.subarray(section.offset, section.offset + section.size);
}

/** What the `producers` section says; nothing when it is absent, and what came before when it is damaged. */
export function readProducers(module: WasmModule): readonly Producer[] {
  const producers: Producer[] = [];
  tolerate(() => {
    const reader = new ByteReader(customSection(module, 'producers') ?? new Uint8Array([0]));
    for (let fields = reader.count('fields', 100); fields > 0; fields -= 1) {
      const field = reader.name('a field', 'lenient');
      for (let left = reader.count('values', 1000, 2); left > 0; left -= 1) {
        const name = reader.name('a name', 'lenient');
        producers.push({ field, name, version: reader.name('a version', 'lenient') });
      }
    }
  });
  return producers;
}

/** Names of functions by index, from the `name` section; as far as it can be read, at most a million. */
export function readFunctionNames(module: WasmModule): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  tolerate(() => {
    const reader = new ByteReader(customSection(module, 'name') ?? new Uint8Array());
    while (reader.remaining > 0) {
      const id = reader.byte('a subsection');
      const size = reader.u32('the size of a subsection');
      const start = reader.offset;
      reader.skip(size, 'a subsection');
      if (id !== 1) continue;
      const subsection = new ByteReader(reader.bytes, start, reader.offset);
      for (let left = subsection.count('names', 1_000_000, 2); left > 0; left -= 1) {
        const index = subsection.u32('a function');
        names.set(index, subsection.name('a name', 'lenient'));
      }
    }
  });
  return names;
}

/** Where the module says its source map is. */
export function readSourceMapUrl(module: WasmModule): string | undefined {
  let url: string | undefined;
  tolerate(() => {
    const section = customSection(module, 'sourceMappingURL');
    if (section !== undefined) url = new ByteReader(section).name('a URL', 'lenient');
  });
  return url;
}

/**
 * Engines whose compiled code the module carries, e.g. `v8_v14.2.231_linux_x86_64`. Envoy uses such a section only when
 * it fits its own engine exactly and `allow_precompiled` is set, and compiles the module itself otherwise.
 */
export function readPrecompiled(module: WasmModule): readonly string[] {
  const prefix = 'precompiled_';
  return module.customSections
    .map((s) => s.name)
    .filter((n) => n.startsWith(prefix))
    .map((n) => n.slice(prefix.length));
}

/** Custom sections are remarks: a damaged one is no fault of the module (core spec 5.5.3). */
function tolerate(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
}
