import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileFilter } from '../../test/compile.ts';
import { createPlugin } from '../plugin/plugin.ts';
import { compileModule } from './compile.ts';

let probe: Uint8Array;

beforeAll(async () => {
  probe = await compileFilter('probe');
});

/** The module with a name in it replaced by another of the same length. */
function renamed(from: string, to: string): Uint8Array {
  return Buffer.from(Buffer.from(probe).toString('latin1').replaceAll(from, to), 'latin1');
}

async function reasons(bytes: Uint8Array): Promise<readonly string[]> {
  const result = await compileModule(bytes);
  return result.kind === 'module' ? [] : result.reasons;
}

describe('compileModule', () => {
  test('reads the ABI version', async () => {
    const kinds = await Promise.all(
      ['old', 'early', 'probe'].map(async (name) => compileModule(await compileFilter(name))),
    );
    expect(kinds.map((result) => result.kind === 'module' && result.module.abi)).toEqual([
      '0.1.0',
      '0.2.0',
      '0.2.1',
    ]);
  });

  test('refuses a module of an unknown ABI', async () => {
    expect(await reasons(renamed('proxy_abi_version_0_2_1', 'proxy_abi_version_0_9_9'))).toEqual([
      'the module exports no Proxy-Wasm ABI version that Envoy knows',
    ]);
  });

  test('names every import that Envoy does not have, and the missing allocator', async () => {
    const broken = Buffer.from(
      Buffer.from(renamed('proxy_done', 'proxy_gone')).toString('latin1').replaceAll('malloc', 'balloc'),
      'latin1',
    );
    expect(await reasons(broken)).toEqual([
      'it imports the function env.proxy_gone, which Envoy does not have for ABI 0.2.1',
      'it exports neither malloc nor proxy_on_memory_allocate',
    ]);
  });

  test('refuses what another ABI has', async () => {
    expect(await reasons(renamed('proxy_abi_version_0_2_1', 'proxy_abi_version_0_1_0'))).toEqual(
      expect.arrayContaining([
        'it imports the function env.proxy_continue_stream, which Envoy does not have for ABI 0.1.0',
        'it exports proxy_on_request_headers as (i32, i32, i32) -> i32, but Envoy calls it as (i32, i32) -> i32',
      ]),
    );
  });

  test('refuses an import of another signature', async () => {
    // The module's proxy_get_header_map_pairs has three parameters, Envoy's function of this name five.
    expect(await reasons(renamed('proxy_get_header_map_pairs', 'proxy_add_header_map_value'))).toEqual([
      'it imports env.proxy_add_header_map_value as (i32, i32, i32) -> i32, but Envoy has it as (i32, i32, i32, i32, i32) -> i32',
    ]);
  });

  test('refuses a module that asks for more memory than a VM may have', async () => {
    const result = await compileModule(probe, { maxPages: 0 });
    expect(result).toMatchObject({ kind: 'not-loadable' });
  });

  test('caps the memory: growing beyond it fails inside the module', async () => {
    const result = await compileModule(probe, { maxPages: 20 });
    if (result.kind !== 'module') throw new Error(result.reasons.join());
    const started = createPlugin({
      module: result.module,
      configuration: Buffer.from('configure grow 10\nconfigure grow 30'),
    });
    expect(started.logs.map((entry) => entry.message)).toEqual([
      expect.stringMatching(/^configure grow 10: \d+$/),
      'configure grow 30: -1',
    ]);
  });

  test('a damaged module is refused and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(probe.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
        const damaged = Buffer.from(cut ? probe.subarray(0, at) : probe);
        if (!cut) damaged[at] = byte;
        expect(['module', 'not-loadable']).toContain((await compileModule(damaged)).kind);
      }),
      { numRuns: 60 },
    );
  });
});
