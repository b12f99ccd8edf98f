import { hasErrors } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import { appendCustomSection } from '../module/append-section.ts';
import { encodeBuildNote } from '../module/build-note.ts';
import { encodeModule, text, vector, type TestModule, type TestSignature } from '../testing/encode.ts';
import { modernModules } from '../testing/modern-modules.ts';
import { sampleFilter } from '../testing/sample-filter.ts';
import { checkModule, type CheckOptions } from './check-module.ts';
import { hostFunctions } from './host-functions.ts';

/** `code severity` of every fault. */
function faults(module: TestModule, options: CheckOptions = {}): readonly string[] {
  return checkModule(encodeModule(module), options).diagnostics.map((d) => `${d.code} ${d.severity}`);
}

function only(module: TestModule, options: CheckOptions = {}): { summary: string; help?: string } {
  const { diagnostics } = checkModule(encodeModule(module), options);
  expect(diagnostics).toHaveLength(1);
  return diagnostics[0]!;
}

const nothing: TestSignature = [[], []];
const log: TestSignature = [['i32', 'i32', 'i32'], ['i32']];
const imports = (module: string, name: string, signature: TestSignature): TestModule =>
  sampleFilter({}, { imports: [[module, name, signature]] });

describe('a module without faults', () => {
  it('has none, and its facts are told', () => {
    const bytes = encodeModule(sampleFilter({}, { imports: [['env', 'proxy_log', log]], memory: [2, 16] }));
    const { facts, diagnostics } = checkModule(bytes, { delivery: 'configmap' });
    expect(diagnostics).toEqual([]);
    expect(facts).toMatchObject({
      size: bytes.length,
      abi: '0.2.1',
      kinds: ['http'],
      hasNames: false,
      memory: { initial: 131072, maximum: 1048576 },
      features: [],
      precompiled: [],
      imports: [{ module: 'env', name: 'proxy_log', kind: 'function', type: '(i32, i32, i32) -> i32' }],
    });
    expect(facts?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(facts).not.toHaveProperty('sdk');
  });

  it.each(['0.1.0', '0.2.0', '0.2.1'] as const)('can import every function of ABI %s', (abi) => {
    const letters: Readonly<Record<string, 'i32' | 'i64'>> = { i: 'i32', l: 'i64' };
    const types = (of = ''): ('i32' | 'i64')[] => Array.from(of, (letter) => letters[letter]!);
    const all = hostFunctions
      .filter((f) => f.abis.includes(abi))
      .map(({ module, name, signature: s }) => {
        const signature: TestSignature = [types(s.split('>')[0]), types(s.split('>')[1])];
        return [module, name, signature] as const;
      });
    expect(all.length).toBeGreaterThan(120);
    const marker = { export: `proxy_abi_version_${abi.replaceAll('.', '_')}`, signature: [[], []] } as const;
    const headers = { export: 'proxy_on_request_headers', signature: [['i32', 'i32'], ['i32']] } as const;
    const changes = { marker, ...(abi === '0.1.0' ? { headers } : {}) };
    expect(faults(sampleFilter(changes, { imports: all }), { envoy: ['1.40'] })).toEqual([]);
  });
});

describe('imports', () => {
  it('that no host offers are named with the nearest that one does', () => {
    expect(only(imports('env', 'proxy_log_', log))).toMatchObject({
      code: 'WC-MOD-003',
      help: 'did you mean env.proxy_log?',
    });
    expect(only(imports('env', 'abort', [['i32', 'i32', 'i32', 'i32'], []])).help).toContain(
      'AssemblyScript',
    );
    expect(only(imports('wasi:http/types', 'x', [[], []]))).toMatchObject({ code: 'WC-MOD-003' });
  });

  it('of another ABI, of another type and of newer Envoys are different faults', () => {
    expect(only(imports('env', 'proxy_clear_route_cache', [[], ['i32']]))).toMatchObject({
      code: 'WC-MOD-004',
      summary: 'the import env.proxy_clear_route_cache is of ABI 0.1.0, and the module declares 0.2.1',
      help: 'call the foreign function clear_route_cache',
    });
    expect(only(imports('env', 'proxy_log', [['i32', 'i32'], ['i32']]))).toMatchObject({
      code: 'WC-MOD-005',
      summary:
        'the import env.proxy_log has the type (i32, i32) -> i32, and the host offers (i32, i32, i32) -> i32',
    });
    const pread = imports('wasi_snapshot_preview1', 'fd_pread', [
      ['i32', 'i32', 'i32', 'i64', 'i32'],
      ['i32'],
    ]);
    expect(only(pread)).toMatchObject({
      code: 'WC-MOD-006',
      summary: 'the import wasi_snapshot_preview1.fd_pread is not in Envoy 1.36, 1.37, 1.38',
    });
    expect(faults(pread, { envoy: ['1.39', '1.40'] })).toEqual([]);
  });

  it('of globals are refused, of tables and memories warned of', () => {
    const of = (entry: readonly number[], more: Omit<TestModule, 'functions'> = {}): readonly string[] =>
      faults(sampleFilter({}, { rawImports: [[...text('env'), ...text('x'), ...entry]], ...more }));
    expect(of([3, 0x7f, 0])).toEqual(['WC-MOD-007 error']);
    expect(of([1, 0x70, 0, 1])).toEqual(['WC-MOD-008 warning']);
    expect(of([2, 0, 1], { memory: false })).toEqual(['WC-MOD-008 warning']);
  });
});

describe('exports', () => {
  it('must have a marker, an allocator and a memory', () => {
    expect(faults(sampleFilter({ marker: undefined }))).toEqual(['WC-MOD-002 error']);
    expect(faults(sampleFilter({ allocator: undefined }))).toEqual(['WC-MOD-010 error']);
    expect(faults(sampleFilter({}, { memoryExport: false }))).toEqual(['WC-MOD-011 error']);
    expect(faults(sampleFilter({}, { memoryExport: 'mem' }))).toEqual(['WC-MOD-017 warning']);
    const other = { export: 'proxy_on_memory_allocate', signature: [['i32'], ['i32']] } as const;
    expect(faults(sampleFilter({ allocator: other }))).toEqual([]);
    const next = { export: 'proxy_abi_version_0_3_0', signature: [[], []] } as const;
    expect(only(sampleFilter({ marker: next })).summary).toContain('proxy_abi_version_0_3_0');
    const first = { export: 'proxy_abi_version_0_1_0', signature: [[], []] } as const;
    expect(faults(sampleFilter({ first }))).toEqual(['WC-MOD-016 warning']);
  });

  it('must have the types of the declared ABI', () => {
    const headers = { export: 'proxy_on_request_headers', signature: [['i32', 'i32'], ['i32']] } as const;
    expect(only(sampleFilter({ headers }))).toMatchObject({
      code: 'WC-MOD-009',
      summary:
        'the export proxy_on_request_headers has the type (i32, i32) -> i32, and in ABI 0.2.1 hosts call it as (i32, i32, i32) -> i32',
      help: 'this is its type in ABI 0.1.0: declare that version, or change the function',
    });
    const wrong = (name: string): TestModule =>
      sampleFilter({ wrong: { export: name, signature: [['i64'], []] } });
    expect(faults(wrong('_initialize'))).toEqual(['WC-MOD-009 error']);
    expect(faults(wrong('_start'))).toEqual(['WC-MOD-009 error']);
    expect(faults(wrong('proxy_on_log'))).toEqual(['WC-MOD-009 error']);
    expect(faults(wrong('main'))).toEqual([]);
    expect(faults(wrong('proxy_on_memory_allocate'))).toEqual([]);
    const initialize = { export: '_initialize', signature: [[], []] } as const;
    const main = { export: 'main', signature: [[], []] } as const;
    const mainVoid = { export: '__main_void', signature: [[], []] } as const;
    expect(faults(sampleFilter({ initialize, main }))).toEqual(['WC-MOD-009 error']);
    expect(faults(sampleFilter({ initialize, mainVoid }), { envoy: ['1.38'] })).toEqual([]);
    expect(faults(sampleFilter({ initialize, mainVoid }))).toEqual(['WC-MOD-009 error']);
  });

  it('that look like callbacks and are none are warned of, as is a filter without callbacks', () => {
    const typo = { export: 'proxy_on_response_header', signature: [['i32', 'i32', 'i32'], ['i32']] } as const;
    expect(only(sampleFilter({ typo })).help).toContain('did you mean proxy_on_response_headers?');
    expect(faults(sampleFilter({ headers: undefined }))).toEqual(['WC-MOD-018 warning']);
  });
});

describe('a start section', () => {
  const started = (body: readonly number[]): TestModule =>
    sampleFilter(
      {
        start: { export: 'proxy_on_vm_start', signature: [['i32', 'i32'], ['i32']], body: [0x41, 1] },
        begin: { signature: [[], []], body },
      },
      { imports: [['env', 'proxy_done', [[], ['i32']]]], start: 6 },
    );

  it('is refused where it can reach the host, and warned of where it cannot', () => {
    expect(only(started([0x10, 0, 0x1a]))).toMatchObject({
      code: 'WC-MOD-012',
      summary: expect.stringContaining('can call env.proxy_done') as string,
    });
    expect(faults(started([]))).toEqual(['WC-MOD-013 warning']);
  });
});

describe('code', () => {
  it('must be valid for the engine, and not only well-formed', () => {
    const headers = { export: 'proxy_on_request_headers', signature: log, body: [0x42, 0] };
    expect(only(sampleFilter({ headers }))).toMatchObject({
      code: 'WC-MOD-021',
      summary: expect.stringMatching(/^the code is not valid: .*i32.*i64/) as string,
    });
  });

  it('may use what the engine of Envoy has, and nothing beyond', () => {
    const codes = (module: Uint8Array): readonly string[] =>
      checkModule(module).diagnostics.map((d) => d.code);
    for (const { bytes } of modernModules()) expect(codes(bytes)).not.toContain('WC-MOD-021');
    const wide = { signature: nothing, body: [0x42, 0, 0x42, 0, 0xfc, 21, 0x1a, 0x1a] };
    expect(only(sampleFilter({ wide }))).toMatchObject({
      code: 'WC-MOD-022',
      summary: expect.stringContaining('wide-arithmetic') as string,
    });
  });
});

describe('limits', () => {
  it('are those of the delivery and of the host', () => {
    const large = sampleFilter({}, { custom: [['x', [...new Uint8Array(1024 * 1024)]]] });
    expect(faults(large)).toEqual([]);
    expect(faults(large, { delivery: 'image' })).toEqual([]);
    expect(faults(large, { delivery: 'configmap' })).toEqual(['WC-MOD-014 error']);
    expect(faults(sampleFilter({}, { memory: [16_384] }))).toEqual([]);
    expect(faults(sampleFilter({}, { memory: [16_385] }))).toEqual(['WC-MOD-015 error']);
  });
});

describe('bytes that are no module', () => {
  it('are one fault that says where', () => {
    const whole = encodeModule(sampleFilter());
    const cut = checkModule(whole.subarray(0, whole.length - 10), { file: 'cut.wasm' });
    expect(cut).not.toHaveProperty('facts');
    expect(cut.diagnostics).toMatchObject([
      { code: 'WC-MOD-001', subject: 'cut.wasm', help: expect.stringContaining('truncated') as string },
    ]);
    const other = checkModule(new TextEncoder().encode('(module)'));
    expect(other.diagnostics[0]).toMatchObject({
      code: 'WC-MOD-001',
      help: expect.stringContaining('text form') as string,
    });
    expect(hasErrors(other.diagnostics)).toBe(true);
  });
});

describe('all faults', () => {
  it('are reported at once, and a million of one sort as fifty', () => {
    const module: TestModule = {
      functions: [{ export: 'proxy_on_log', signature: [[], []] }],
      imports: [
        ['env', 'nothing', [[], []]],
        ['env', 'proxy_log', [[], []]],
      ],
      memoryExport: false,
    };
    expect(faults(module).toSorted()).toEqual([
      'WC-MOD-002 error',
      'WC-MOD-003 error',
      'WC-MOD-005 error',
      'WC-MOD-009 error',
      'WC-MOD-010 error',
      'WC-MOD-011 error',
    ]);
    const many = Array.from({ length: 5000 }, (_, at) => ['env', `gone_${at}`, [[], []]] as const);
    const { diagnostics } = checkModule(encodeModule(sampleFilter({}, { imports: many })));
    expect(diagnostics).toHaveLength(51);
    expect(diagnostics[50]?.summary).toBe('and 4950 more faults of this sort');
  });
});

describe('the origin of a module', () => {
  const origin = (module: Omit<TestModule, 'functions'>): object => {
    const { facts } = checkModule(encodeModule(sampleFilter({}, module)));
    return { sdk: facts?.sdk, toolchain: facts?.toolchain };
  };
  const producers = (name: string, version: string): readonly [string, number[]] => [
    'producers',
    vector([[...text('processed-by'), ...vector([[...text(name), ...text(version)]])]]),
  ];
  const wide = (value: string): string => value.split('').join('\0');

  it('is what wasmcast itself wrote', () => {
    const note = {
      compiler: { name: 'assemblyscript', version: '0.28.20' },
      sdk: { name: '@wasmcast/sdk', version: '0.1.0' },
      mode: 'debug' as const,
    };
    const bytes = appendCustomSection(encodeModule(sampleFilter()), 'wasmcast', encodeBuildNote(note));
    expect(checkModule(bytes).facts).toMatchObject({
      sdk: note.sdk,
      toolchain: 'assemblyscript 0.28.20',
      mode: 'debug',
    });
  });

  it.each([
    [
      'Rust',
      {
        data: 'x/registry/src/index.crates.io-6f17/proxy-wasm-0.2.5/src/hostcalls.rs',
        custom: [producers('rustc', '1.90.0 (abc 2026)')],
      },
      { sdk: { name: 'proxy-wasm-rust-sdk', version: '0.2.5' }, toolchain: 'rustc 1.90.0' },
    ],
    [
      'Go',
      { data: 'Go buildinf:go1.24.1 path\ndep\tgithub.com/proxy-wasm/proxy-wasm-go-sdk\tv0.0.0-2026' },
      {
        sdk: { name: 'github.com/proxy-wasm/proxy-wasm-go-sdk', version: 'v0.0.0-2026' },
        toolchain: 'Go 1.24.1',
      },
    ],
    ['TinyGo', { custom: [producers('TinyGo', '0.33.0')] }, { sdk: undefined, toolchain: 'TinyGo 0.33.0' }],
    [
      'C++',
      {
        imports: [['env', 'emscripten_notify_memory_growth', [['i32'], []]] as const],
        custom: [producers('clang', '18.0')],
      },
      { sdk: { name: 'proxy-wasm-cpp-sdk' }, toolchain: 'clang 18.0' },
    ],
    [
      'AssemblyScript',
      { data: wide('~lib/rt/itcms.ts ~lib/@gcoredev/proxy-wasm-sdk-as/assembly/x.ts') },
      { sdk: { name: '@gcoredev/proxy-wasm-sdk-as' }, toolchain: 'assemblyscript' },
    ],
    ['something unknown', { data: 'nothing to see' }, { sdk: undefined, toolchain: undefined }],
  ])('shows %s', (_, module, expected) => {
    expect(origin(module)).toEqual(expected);
  });

  it('is not believed when the section is not what wasmcast writes', () => {
    for (const payload of [
      '',
      'null',
      '[]',
      '{"mode":"release"}',
      '{"mode":"x","compiler":{}}',
      '{"compiler":{"name":1,"version":"x"},"mode":"debug"}',
    ]) {
      expect(origin({ custom: [['wasmcast', payload]] })).toEqual({ sdk: undefined, toolchain: undefined });
    }
  });
});
