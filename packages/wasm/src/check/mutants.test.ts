import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasErrors } from '@wasmcast/core';
import { seeds } from '@wasmcast/core/testing';
import { compileModule, createPlugin } from '@wasmcast/host';
import { envoyBinary, requireComponent, skipNote, versions } from '@wasmcast/testbed';
import binaryen from 'binaryen';
import { sample } from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeModule } from '../testing/encode.ts';
import { mutated } from '../testing/mutated.ts';
import { sampleFilter } from '../testing/sample-filter.ts';
import { validate } from '../testing/validate-in-envoy.ts';
import { checkModule } from './check-module.ts';
import { envoyVersions } from './envoy-version.ts';

const missing = await requireComponent('envoy');
const envoy = envoyVersions.filter((v) => versions.envoy.startsWith(`${v}.`));
const tried = seeds({ slice: 400, full: 10_000 }, process.env);
/** CPU time, so that it does not matter what else the machine does. */
const hangMs = 1000;
const mostMemory = 512 * 1024 * 1024;

/** Filters that every Envoy takes, in which there is something to damage. */
const good: readonly Uint8Array[] = [
  encodeModule(sampleFilter()),
  encodeModule(
    sampleFilter(
      { begin: { export: '_initialize', signature: [[], []], body: [0x02, 0x40, 0x0b] } },
      {
        imports: [['env', 'proxy_log', [['i32', 'i32', 'i32'], ['i32']]]],
        memory: [1, 4],
        data: 'some text that stands in the memory',
        custom: [
          ['producers', [1, 1, 0x61, 0]],
          ['notes', 'what a compiler has to say'],
        ],
      },
    ),
  ),
  fromText(`(module
    (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (memory (export "memory") 2)
    (global $top (mut i32) (i32.const 1024))
    (table 2 funcref)
    (elem (i32.const 0) $work $work)
    (data (i32.const 16) "a filter that does a little in every callback")
    (func $work (param i32) (result i32)
      (local i32)
      (loop $more
        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get 1) (i32.const 8))))
      (i32.mul (local.get 0) (local.get 1)))
    (func (export "proxy_abi_version_0_2_1"))
    (func (export "malloc") (param i32) (result i32)
      (global.set $top (i32.add (global.get $top) (local.get 0)))
      (i32.sub (global.get $top) (local.get 0)))
    (func (export "proxy_on_vm_start") (param i32 i32) (result i32)
      (drop (call $random (i32.const 512) (i32.const 8)))
      (drop (call_indirect (param i32) (result i32) (i32.const 7) (i32.const 1)))
      (i32.const 1))
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
      (drop (call $log (i32.const 2) (i32.const 16) (i32.const 8)))
      (i32.const 1))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 0)))`),
];

function fromText(source: string): Uint8Array {
  const module = binaryen.parseText(source);
  try {
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** What a plan calls good: nothing wrong with the module, and it starts and takes its configuration. */
async function isGood(bytes: Uint8Array): Promise<boolean> {
  if (hasErrors(checkModule(bytes, { envoy }).diagnostics)) return false;
  const compiled = await compileModule(bytes);
  if (compiled.kind !== 'module') return false;
  const options = { module: compiled.module, logLevel: 'critical', deadlineMs: 1000 } as const;
  const started = createPlugin({ ...options, onFinding: () => undefined });
  if (started.kind === 'ready') started.plugin.close();
  return started.kind === 'ready';
}

describe(`${tried.length} damaged modules`, () => {
  const mutants = tried.map((seed) => sample(mutated(good), { seed, numRuns: 1 })[0] as Uint8Array);

  test('are checked without a throw, each in less than a second, in bounded memory', () => {
    const slow: number[] = [];
    for (const [i, bytes] of mutants.entries()) {
      const before = process.cpuUsage();
      checkModule(bytes, { envoy, file: `seed ${tried[i]}` });
      const { user, system } = process.cpuUsage(before);
      if ((user + system) / 1000 > hangMs) slow.push(tried[i] as number);
    }
    expect(slow).toEqual([]);
    expect(process.memoryUsage().rss).toBeLessThan(mostMemory);
  });

  describe.skipIf(missing !== undefined)(`of them those that are called good${skipNote(missing)}`, () => {
    let called: number[];

    beforeAll(async () => {
      called = [];
      for (const [i, bytes] of mutants.entries()) {
        // oxlint-disable-next-line no-await-in-loop
        if (await isGood(bytes)) called.push(i);
      }
    }, 600_000);

    test('are 2 % at least', () => {
      expect(called.length).toBeGreaterThanOrEqual(tried.length * 0.02);
    });

    test('are taken by a real Envoy', { timeout: 1_200_000 }, async () => {
      const binary = await envoyBinary();
      const folder = mkdtempSync(join(tmpdir(), 'wasmcast-mutants-'));
      const taken = (of: readonly number[]): boolean =>
        validate(
          binary,
          folder,
          of.map((i) => mutants[i] as Uint8Array),
        ).status === 0;
      const refused: number[] = [];
      try {
        // Many at a time; of those that are not taken together the seed is found.
        for (let i = 0; i < called.length; i += 40) {
          const together = called.slice(i, i + 40);
          if (!taken(together)) refused.push(...together.filter((one) => !taken([one])));
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      expect(refused.map((i) => tried[i])).toEqual([]);
    });
  });
});
