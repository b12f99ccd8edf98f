import { describe, expect, it } from 'vitest';
import { encodeModule, section, text, vector } from '../testing/encode.ts';
import { WebAssembly } from './engine.ts';
import { readFunctionNames, readPrecompiled, readProducers, readSourceMapUrl } from './custom-sections.ts';
import { readModule } from './read-module.ts';
import { formatFunctionType, type WasmModule } from './wasm-module.ts';

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

function read(bytes: Uint8Array): WasmModule {
  const result = readModule(bytes);
  if (result.kind === 'malformed') throw new Error(`${result.offset}: ${result.reason}`);
  return result.module;
}

describe('readModule', () => {
  it('reads imports, exports, memory, start, table and sizes', () => {
    const bytes = encodeModule({
      imports: [['env', 'proxy_log', [['i32', 'i32', 'i32'], ['i32']]]],
      rawImports: [[...text('env'), ...text('limit'), 3, 0x7e, 0]],
      functions: [
        { export: 'go', signature: [['i64', 'f32'], []] },
        { signature: [[], []] },
        { export: 'sum', signature: [['f64'], ['f64']] },
      ],
      memory: [2, 300],
      start: 2,
      table: [1, 3],
      data: 'hello',
    });
    expect(WebAssembly.validate(bytes)).toBe(true);
    const module = read(bytes);
    expect(module.imports.map((i) => [i.module, i.name, i.type.kind])).toEqual([
      ['env', 'proxy_log', 'function'],
      ['env', 'limit', 'global'],
    ]);
    expect(module.exports.map((e) => [e.name, e.index, e.type.kind])).toEqual([
      ['go', 1, 'function'],
      ['sum', 3, 'function'],
      ['memory', 0, 'memory'],
    ]);
    expect(module.functions.map(formatFunctionType)).toEqual([
      '(i32, i32, i32) -> i32',
      '(i64, f32) -> ()',
      '() -> ()',
      '(f64) -> f64',
    ]);
    expect(module.memories).toEqual([{ minimum: 2n, maximum: 300n, shared: false, wide: false }]);
    expect(module.start).toBe(2);
    expect([...module.referenced]).toEqual([1, 3]);
    expect(module.dataSegments).toEqual([{ offset: bytes.length - 5, size: 5 }]);
    expect(module.features.size).toBe(0);
  });

  it('reads what custom sections say, and lets damaged ones be', () => {
    const producers = vector([
      [...text('language'), ...vector([[...text('Rust'), ...text('2021')]])],
      [...text('processed-by'), ...vector([[...text('rustc'), ...text('1.90')]])],
    ]);
    const good = read(
      encodeModule({
        functions: [{ signature: [[], []] }],
        custom: [
          ['producers', producers],
          ['name', [1, 7, 1, 0, ...text('main')]],
          ['sourceMappingURL', text('./a.map')],
          ['precompiled_v8_v14.2_linux', []],
        ],
      }),
    );
    expect(readProducers(good)).toEqual([
      { field: 'language', name: 'Rust', version: '2021' },
      { field: 'processed-by', name: 'rustc', version: '1.90' },
    ]);
    expect([...readFunctionNames(good)]).toEqual([[0, 'main']]);
    expect(readSourceMapUrl(good)).toBe('./a.map');
    expect(readPrecompiled(good)).toEqual(['v8_v14.2_linux']);

    const damaged = read(
      encodeModule({
        custom: [
          ['producers', producers.slice(0, -3)],
          ['name', [1, 100]],
          ['sourceMappingURL', [9]],
        ],
      }),
    );
    expect(readProducers(damaged)).toEqual([{ field: 'language', name: 'Rust', version: '2021' }]);
    expect(readFunctionNames(damaged).size).toBe(0);
    expect(readSourceMapUrl(damaged)).toBeUndefined();
  });

  it.each([
    ['an empty file', [], 0, 'the bytes end where the magic number'],
    ['a text', [...new TextEncoder().encode('apiVersion: v1')], 0, 'does not begin with'],
    ['a component', [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0], 4, 'component'],
    ['another version', [0, 0x61, 0x73, 0x6d, 2, 0, 0, 0], 4, 'version 1'],
    ['a section longer than the file', [...header, 1, 50, 0], 10, 'longer than'],
    ['a number that does not end', [...header, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0], 9, '32 bits'],
    ['a number with bits too many', [...header, 1, 0xff, 0xff, 0xff, 0xff, 0x7f], 9, '32 bits'],
    ['an absurd count', [...header, ...section(1, [0xff, 0xff, 0x3f])], 10, 'more than'],
    ['a count beyond the bytes', [...header, ...section(1, [200, 1, 0x60])], 10, 'do not fit'],
    ['sections out of order', [...header, ...section(3, [0]), ...section(1, [0])], 11, 'out of order'],
    ['an unknown section', [...header, ...section(99, [])], 8, 'not a known section'],
    ['bytes behind the end of a section', [...header, ...section(1, [0, 0])], 11, 'too many'],
    [
      'types nested without end',
      [...header, ...section(1, [1, ...Array.from({ length: 60 }, () => [0x50, 0]).flat()])],
      13,
      'form',
    ],
    ['a function of no type', [...header, ...section(3, [1, 0])], 11, 'type 0'],
    [
      'a function without code',
      [...header, ...section(1, [1, 0x60, 0, 0]), ...section(3, [1, 0])],
      18,
      'code',
    ],
    ['a name that is not UTF-8', [...header, ...section(2, [1, 1, 0xff, 0, 0, 0])], 12, 'UTF-8'],
    ['a value type from nowhere', [...header, ...section(1, [1, 0x60, 1, 0x01, 0])], 13, '0x1'],
  ])('says where %s goes wrong', (_, bytes, offset, reason) => {
    const result = readModule(Uint8Array.from(bytes));
    expect(result).toEqual({ kind: 'malformed', offset, reason: expect.stringContaining(reason) });
    expect(WebAssembly.validate(Uint8Array.from(bytes))).toBe(false);
  });
});
