import { section, text, vector } from './encode.ts';

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** Modules that use what came after WebAssembly 1.0, each with the features that must be noticed. */
export function modernModules(): readonly {
  readonly bytes: Uint8Array;
  readonly features: readonly string[];
}[] {
  const of = (
    features: readonly string[],
    ...sections: readonly number[][]
  ): ReturnType<typeof modernModules>[0] => ({
    bytes: Uint8Array.from([...header, ...sections.flat()]),
    features,
  });
  const nothing = hex('60 00 00');
  const code = (...bodies: readonly string[]): number[] =>
    section(10, vector(bodies.map((b) => [hex(b).length + 2, 0, ...hex(b), 0x0b])));
  const functions = (...types: readonly number[]): number[] => section(3, vector(types.map((t) => [t])));
  return [
    of(
      ['gc', 'typed-function-references'],
      // rec { struct { i8 mut, ref null 1 }, array mut i32 }, sub func, func
      section(1, [3, ...hex('4e 02 5f 02 78 01 63 01 00 5e 7f 01'), ...hex('50 00'), ...nothing, ...nothing]),
      functions(3),
      code(
        'fb01 00 fb03 00 00 1a' + // struct.new_default 0, struct.get_s 0 0, drop
          '41 03 fb07 01 fb0f fb1c fb14 6c 1a' + // array.new_default 1, array.len, ref.i31, ref.test i31, drop
          '02 6e d0 6e fb18 03 00 6e 6c 0b 1a' + // block any: ref.null any, br_on_cast 0 any i31
          'd0 02 14 02', // ref.null 2, call_ref 2
      ),
    ),
    of(
      ['simd', 'relaxed-simd', 'sign-ext', 'nontrapping-fptoint'],
      section(1, vector([nothing])),
      functions(0),
      section(5, hex('01 00 01')),
      code(
        `41 00 fd00 04 00 fd0c ${'07'.repeat(16)} fd0d ${'01'.repeat(16)}` + // v128.load, v128.const, i8x16.shuffle
          '41 00 fd0f fd8002 fd15 03 c0 b2 fc00 1a' + // splat, relaxed swizzle, extract_lane, extend8_s, trunc_sat
          '41 00 41 00 fd0f fd54 00 00 03 1a', // v128.load8_lane
      ),
    ),
    of(
      ['bulk-memory', 'reference-types', 'multi-value', 'atomics', 'multi-memory'],
      section(1, vector([nothing, hex('60 00 02 7f 6f')])),
      functions(0, 1),
      section(4, vector([hex('6f 01 01 02')])),
      section(5, vector([hex('03 01 02'), hex('00 01')])),
      section(9, vector([hex('03 00 01 00')])),
      section(12, hex('01')),
      code(
        '41 00 41 00 41 00 fc08 00 01 fc09 00' + // memory.init, data.drop
          '41 00 41 00 41 00 fc0a 01 00 41 00 28 42 01 04 1a' + // memory.copy 1 0, i32.load of memory 1
          '41 00 fe10 02 00 1a fe03 00' + // i32.atomic.load, atomic.fence
          '02 01 10 01 0b 1a 1a d0 6f 41 01 fc0f 00 1a', // block of type 1, table.grow
        '41 01 d0 6f',
      ),
      section(11, [1, 1, ...text('passive')]),
    ),
    of(
      ['exceptions', 'tail-call'],
      section(1, vector([nothing, hex('60 01 7f 00')])),
      functions(0),
      section(13, vector([hex('00 01')])),
      // block i32: try_table (catch 0 0): throw 0; return_call 0
      code('02 7f 1f 40 01 00 00 00 41 01 08 00 0b 41 02 0b 1a 12 00'),
    ),
    of(
      ['legacy-exceptions'],
      section(1, vector([nothing])),
      functions(0),
      section(13, vector([hex('00 00')])),
      // try: throw 0, catch 0: rethrow 0, catch_all; try: delegate 0
      code('06 40 08 00 07 00 09 00 19 0b 06 40 18 00'),
    ),
    of(['memory64'], section(5, vector([hex('04 01')]))),
    of(
      ['mutable-globals'],
      section(6, vector([hex('7f 01 41 01 41 02 6a 0b')])),
      section(7, vector([[...text('g'), 3, 0]])),
    ),
  ];
}

function hex(digits: string): number[] {
  return [...Buffer.from(digits.replaceAll(' ', ''), 'hex')];
}
