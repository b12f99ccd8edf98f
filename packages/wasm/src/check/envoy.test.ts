import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasErrors } from '@wasmcast/core';
import { envoyBinary, requireComponent, skipNote, versions } from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModule, text, type TestModule, type TestSignature } from '../testing/encode.ts';
import { sampleFilter } from '../testing/sample-filter.ts';
import { validate } from '../testing/validate-in-envoy.ts';
import { checkModule } from './check-module.ts';
import { envoyVersions } from './envoy-version.ts';
import { abiVersions, hostFunctions, type AbiVersion, type HostFunction } from './host-functions.ts';

const missing = await requireComponent('envoy');
const version = envoyVersions.find((v) => versions.envoy.startsWith(`${v}.`));

const log: TestSignature = [['i32', 'i32', 'i32'], ['i32']];
const nothing: TestSignature = [[], []];
const added = (name: string, signature: TestSignature): TestModule =>
  sampleFilter({ added: { export: name, signature } });
const imported = (module: string, name: string, signature: TestSignature): TestModule =>
  sampleFilter({}, { imports: [[module, name, signature]] });
const raw = (...entry: readonly number[]): Omit<TestModule, 'functions'> => ({
  rawImports: [[...text('env'), ...text('x'), ...entry]],
});

const letters: Readonly<Record<string, 'i32' | 'i64'>> = { i: 'i32', l: 'i64' };

function linked({ module, name, signature }: HostFunction): readonly [string, string, TestSignature] {
  const [params = [], results = []] = signature
    .split('>')
    .map((part) => Array.from(part, (l) => letters[l]!));
  return [module, name, [params, results]];
}

function ofAbi(abi: AbiVersion): TestModule {
  const marker = { export: `proxy_abi_version_${abi.replaceAll('.', '_')}`, signature: nothing };
  const old: TestSignature = [['i32', 'i32'], ['i32']];
  const headers = { export: 'proxy_on_request_headers', signature: old };
  const imports = hostFunctions.filter((f) => f.abis.includes(abi)).map(linked);
  return sampleFilter(abi === '0.1.0' ? { marker, headers } : { marker }, { imports });
}

/** Nothing here has a start section that reaches the host: that ends Envoy instead of being refused. */
const table: readonly (readonly [string, TestModule, 'taken' | 'refused'])[] = [
  ['the smallest filter', sampleFilter(), 'taken'],
  ...abiVersions.map((abi) => [`every import of ABI ${abi}`, ofAbi(abi), 'taken'] as const),
  [
    'code of wrong types',
    sampleFilter({ headers: { export: 'proxy_on_request_headers', signature: log, body: [0x42, 0] } }),
    'refused',
  ],
  [
    'wide arithmetic',
    sampleFilter({ a: { signature: nothing, body: [0x42, 0, 0x42, 0, 0xfc, 21, 0x1a, 0x1a] } }),
    'refused',
  ],
  [
    'vector instructions',
    sampleFilter({ a: { signature: nothing, body: [0x41, 0, 0xfd, 15, 0x1a] } }),
    'taken',
  ],
  ['no marker', sampleFilter({ marker: undefined }), 'refused'],
  [
    'the marker of a version to come',
    sampleFilter({ marker: { export: 'proxy_abi_version_0_3_0', signature: nothing } }),
    'refused',
  ],
  [
    'a marker of another type',
    sampleFilter({ marker: { export: 'proxy_abi_version_0_2_1', signature: log } }),
    'taken',
  ],
  ['two markers', added('proxy_abi_version_0_1_0', nothing), 'taken'],
  ['no allocator', sampleFilter({ allocator: undefined }), 'refused'],
  [
    'the other allocator',
    sampleFilter({ allocator: { export: 'proxy_on_memory_allocate', signature: [['i32'], ['i32']] } }),
    'taken',
  ],
  [
    'an allocator of another type',
    sampleFilter({ allocator: { export: 'malloc', signature: [['i64'], ['i32']] } }),
    'refused',
  ],
  ['a second allocator of another type', added('proxy_on_memory_allocate', nothing), 'taken'],
  ['an import from nowhere', imported('env', 'nothing', nothing), 'refused'],
  ['an import from a module from nowhere', imported('nowhere', 'proxy_log', log), 'refused'],
  ['an import of another type', imported('env', 'proxy_log', [['i32', 'i32'], ['i32']]), 'refused'],
  ['an import without its result', imported('env', 'proxy_done', nothing), 'refused'],
  ['an import of ABI 0.1.0', imported('env', 'proxy_clear_route_cache', [[], ['i32']]), 'refused'],
  ['a global', sampleFilter({}, raw(3, 0x7f, 0)), 'refused'],
  ['a table', sampleFilter({}, raw(1, 0x70, 0, 1)), 'taken'],
  ['a memory', sampleFilter({}, { ...raw(2, 0, 1), memory: false }), 'taken'],
  ['a memory of another name', sampleFilter({}, { memoryExport: 'mem' }), 'taken'],
  ['a memory of 1 GiB', sampleFilter({}, { memory: [16_384] }), 'taken'],
  ['a larger memory', sampleFilter({}, { memory: [16_385] }), 'refused'],
  [
    'the headers callback of ABI 0.1.0',
    sampleFilter({ headers: { export: 'proxy_on_request_headers', signature: [['i32', 'i32'], ['i32']] } }),
    'refused',
  ],
  ['a callback of another type', added('proxy_on_log', nothing), 'refused'],
  ['a callback of Envoy itself of another type', added('envoy_on_stats_update', nothing), 'refused'],
  [
    'a callback that hosts declare and never look up',
    added('proxy_on_grpc_create_initial_metadata', nothing),
    'taken',
  ],
  ['a misspelt callback', added('proxy_on_request_header', nothing), 'taken'],
  ['an _initialize of another type', added('_initialize', log), 'refused'],
  ['a _start of another type', added('_start', log), 'refused'],
  ['a main of another type that is never called', added('main', nothing), 'taken'],
  [
    'a main of another type',
    sampleFilter({
      a: { export: '_initialize', signature: nothing },
      b: { export: 'main', signature: nothing },
    }),
    'refused',
  ],
  [
    'a __main_void of another type',
    sampleFilter({
      a: { export: '_initialize', signature: nothing },
      b: { export: '__main_void', signature: nothing },
    }),
    'refused',
  ],
  [
    'a start section that calls nothing',
    sampleFilter({ begin: { signature: nothing } }, { start: 5 }),
    'taken',
  ],
];

describe.skipIf(missing !== undefined)(`the verdict of a real Envoy${skipNote(missing)}`, () => {
  let envoy: string;
  let folder: string;

  beforeAll(async () => {
    envoy = await envoyBinary();
    folder = mkdtempSync(join(tmpdir(), 'wasmcast-check-'));
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(table)('is ours for %s', (_, module, verdict) => {
    const bytes = encodeModule(module);
    const { diagnostics } = checkModule(bytes, { envoy: version === undefined ? [] : [version] });
    expect(hasErrors(diagnostics) ? 'refused' : 'taken').toBe(verdict);
    const { status, said } = validate(envoy, folder, [bytes]);
    // What is neither taken nor refused (a crash, a time-out) is shown as it is.
    expect({ verdict: status === 0 ? 'taken' : status === 1 ? 'refused' : status, said }).toEqual({
      verdict,
      said,
    });
  });

  it.each([
    ['a function', added('work\0', nothing)],
    ['a memory', sampleFilter({}, { memoryExport: 'memory\0' })],
  ])('is a crash for %s whose name ends with a zero byte, so it is refused here', (_, module) => {
    const bytes = encodeModule(module);
    expect(validate(envoy, folder, [bytes]).status).toBeNull();
    expect(checkModule(bytes).diagnostics.map((d) => d.code)).toContain('WC-MOD-024');
    expect(checkModule(encodeModule(added('work\0s', nothing))).diagnostics).toEqual([]);
  });

  it('is about a version that is known here', () => {
    expect(version).toBeDefined();
  });
});
