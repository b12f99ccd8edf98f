import { assert, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeModule } from '../testing/encode.ts';
import { modernModules } from '../testing/modern-modules.ts';
import { mutated } from '../testing/mutated.ts';
import { WebAssembly } from './engine.ts';
import { readFunctionNames, readProducers } from './custom-sections.ts';
import { readModule } from './read-module.ts';
import { reachableHostCall, scanFunction } from './scan-code.ts';

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

const seeds: readonly Uint8Array[] = [
  encodeModule({
    imports: [
      ['env', 'proxy_log', [['i32', 'i32', 'i32'], ['i32']]],
      ['env', 'proxy_done', [[], ['i32']]],
    ],
    functions: [
      { export: 'proxy_abi_version_0_2_1', signature: [[], []] },
      { export: 'malloc', signature: [['i32'], ['i32']], body: [0x20, 0, 0x41, 0, 0x11, 3, 0] },
      { export: '_initialize', signature: [[], []], body: [0x02, 0x40, 0x10, 1, 0x1a, 0x0b] },
    ],
    table: [3, 4],
    memory: [1, 4],
    data: 'some text that stands in the memory',
    custom: [['producers', [1, 1, 0x61, 0]]],
  }),
  ...modernModules().map((m) => m.bytes),
];

/** The first thing about these bytes that is not as promised. */
function brokenPromise(bytes: Uint8Array): string | undefined {
  const result = readModule(bytes);
  const valid = WebAssembly.validate(bytes);
  if (result.kind === 'malformed') {
    if (valid) return `V8 validates it, here: ${result.reason} at ${result.offset}`;
    return result.offset >= 0 && result.offset <= bytes.length ? undefined : `offset ${result.offset}`;
  }
  const { module } = result;
  readProducers(module);
  readFunctionNames(module);
  reachableHostCall(module, module.start ?? 0);
  const unread = [...module.bodies.keys()].find(
    (at) => !scanFunction(module, module.importedFunctions + at).complete,
  );
  return valid && unread !== undefined ? `V8 validates it, here body ${unread} cannot be read` : undefined;
}

describe('readModule over damaged modules', () => {
  it('never throws, and reads everything that V8 validates, down to the last instruction', () => {
    let valid = 0;
    assert(
      property(mutated(seeds), (bytes) => {
        if (WebAssembly.validate(bytes)) valid += 1;
        const broken = brokenPromise(bytes);
        if (broken !== undefined) throw new Error(broken);
      }),
      { numRuns: 8000 },
    );
    // Otherwise the property says nothing about modules that are read.
    expect(valid).toBeGreaterThan(200);
  });

  it('never throws over any bytes', () => {
    const prefixed = uint8Array({ maxLength: 300 }).map((b) => Uint8Array.from([...header, ...b]));
    const check = property(prefixed, (bytes) => brokenPromise(bytes) === undefined);
    expect(() => assert(check, { numRuns: 2000 })).not.toThrow();
  });
});
