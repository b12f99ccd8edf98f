import { describe, expect, it } from 'vitest';
import { encodeModule, type TestModule } from '../testing/encode.ts';
import { modernModules } from '../testing/modern-modules.ts';
import { WebAssembly } from './engine.ts';
import { readModule } from './read-module.ts';
import { reachableHostCall, scanFunction } from './scan-code.ts';
import type { WasmModule } from './wasm-module.ts';

function read(bytes: Uint8Array): WasmModule {
  expect(WebAssembly.validate(bytes)).toBe(true);
  const result = readModule(bytes);
  if (result.kind === 'malformed') throw new Error(`${result.offset}: ${result.reason}`);
  return result.module;
}

describe('features', () => {
  it.each(modernModules().map((m) => [m.features.join(' '), m] as const))(
    '%s are noticed',
    (_, { bytes, features }) => {
      const module = read(bytes);
      const found = new Set<string>(module.features);
      for (const at of module.bodies.keys()) {
        const scan = scanFunction(module, module.importedFunctions + at);
        expect(scan.complete).toBe(true);
        for (const feature of scan.features) found.add(feature);
      }
      expect([...found]).toEqual(expect.arrayContaining([...features]));
    },
  );
});

describe('reachableHostCall', () => {
  const log = ['env', 'host', [[], []]] as const;
  const reach = (
    bodies: readonly (readonly number[])[],
    more: Omit<TestModule, 'imports' | 'functions'> = {},
  ): ReturnType<typeof reachableHostCall> => {
    const functions = bodies.map((body) => ({ signature: [[], []] as const, body }));
    return reachableHostCall(read(encodeModule({ imports: [log], functions, ...more })), 1);
  };
  const call = (index: number): number[] => [0x10, index];
  const indirect = [0x41, 0, 0x11, 0, 0];

  it('finds a call however deep, also through recursion', () => {
    expect(reach([call(2), call(3), [...call(1), ...call(0)]])).toEqual({ import: 0, certainty: 'direct' });
    expect(reach([[...call(1), ...call(2)], call(1), call(0)])).toBeUndefined();
    expect(reach([[]])).toBeUndefined();
  });

  it('follows a call through a table to every function whose reference is taken', () => {
    expect(reach([indirect, call(0)], { table: [2] })).toEqual({ import: 0, certainty: 'possible' });
    expect(reach([indirect, call(0), []], { table: [3] })).toBeUndefined();
    expect(reach([[], call(0)], { table: [2] })).toBeUndefined();
    expect(reach([call(2), indirect, call(4), call(0)], { table: [3] })).toEqual({
      import: 0,
      certainty: 'possible',
    });
  });

  it('prefers what is certain, and says nothing good of code that it cannot read', () => {
    expect(reach([[...indirect, ...call(0)], call(0)], { table: [2] })).toEqual({
      import: 0,
      certainty: 'direct',
    });
    const bytes = encodeModule({ functions: [{ signature: [[], []], body: [0x27] }] });
    const result = readModule(bytes);
    expect(result.kind === 'module' && reachableHostCall(result.module, 0)).toEqual({
      certainty: 'possible',
    });
  });
});
