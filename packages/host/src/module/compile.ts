import { createHash } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';
import type * as evaluator from '../cel/expression.ts';
import { abiVersions, type AbiVersion } from '../abi/types.ts';
import { wasm, type WasmModule } from '../vm/web-assembly.ts';
import { callbackSignatures } from './callbacks.ts';
import { hostSignature } from './host-signatures.ts';
import { capMemory } from './memory-cap.ts';
import { MalformedModule } from './reader.ts';
import { readSourceMap } from './source-map.ts';
import { readShape, type ModuleShape } from './sections.ts';

/** A compiled filter module; the same one may run in any number of VMs. */
export interface FilterModule {
  /** sha256 of the bytes that were given. */
  readonly digest: Sha256;
  readonly abi: AbiVersion;
  readonly shape: ModuleShape;
  readonly wasm: WasmModule;
  /** The most memory that one VM of it may have, in pages of 64 KiB. */
  readonly maxPages: number;
  /** How many bytes the capping of its memory has added before its code. */
  readonly shift: number;
  /** Where in its sources the code at an offset comes from, `filter.ts:12:3`. */
  readonly sourceMap: ((offset: number) => string | undefined) | undefined;
  /** What evaluates expressions, for a module that can ask for it. */
  readonly cel: Cel | undefined;
}

/** It takes a tenth of a second to load, and a host call cannot wait: it is there before a module runs, if that may need it. */
type Cel = typeof evaluator;

/** What {@link compileModule} made of some bytes. `reasons` are all the causes for which Envoy would refuse to load them. */
export type CompileResult =
  | { readonly kind: 'module'; readonly module: FilterModule }
  | { readonly kind: 'not-loadable'; readonly reasons: readonly string[] };

/** The memory that Envoy allows a VM: 1 GiB (cpp-host limits.h PROXY_WASM_HOST_MAX_WASM_MEMORY_SIZE_BYTES). */
export const defaultMaxPages = 16_384;

/**
 * Checks that a module is one that Envoy loads (ABI, imports and callbacks by exact signature, allocator, memory) and
 * compiles it. `maxPages` caps the memory of each VM of it, in pages of 64 KiB (default: 1 GiB); `sourceMap` is the JSON
 * that the compiler wrote beside it, for traps.
 */
export async function compileModule(
  bytes: Uint8Array,
  options: { readonly maxPages?: number; readonly sourceMap?: string } = {},
): Promise<CompileResult> {
  const maxPages = Math.min(options.maxPages ?? defaultMaxPages, 65_536);
  const shape = tryReadShape(bytes);
  if (typeof shape === 'string') return { kind: 'not-loadable', reasons: [shape] };
  const abi = abiVersions.find((v) => shape.functions.has(`proxy_abi_version_${v.replaceAll('.', '_')}`));
  if (abi === undefined) {
    return {
      kind: 'not-loadable',
      reasons: ['the module exports no Proxy-Wasm ABI version that Envoy knows'],
    };
  }
  const reasons = [...linkFaults(abi, shape), ...memoryFaults(shape, maxPages)];
  if (reasons.length > 0) return { kind: 'not-loadable', reasons };
  try {
    const capped = capMemory(bytes, shape, maxPages);
    const [compiled, cel] = await Promise.all([wasm.compile(capped), loadCel(shape)]);
    const shift = capped.length - bytes.length;
    const sourceMap = options.sourceMap === undefined ? undefined : readSourceMap(options.sourceMap);
    const digest = createHash('sha256').update(bytes).digest('hex') as Sha256;
    return {
      kind: 'module',
      module: { digest, abi, shape, wasm: compiled, maxPages, shift, sourceMap, cel },
    };
  } catch (error) {
    return { kind: 'not-loadable', reasons: [(error as Error).message] };
  }
}

async function loadCel({ imports }: ModuleShape): Promise<Cel | undefined> {
  const asks = imports.some(({ name }) => name === 'proxy_call_foreign_function');
  return asks ? import('../cel/expression.ts') : undefined;
}

function tryReadShape(bytes: Uint8Array): ModuleShape | string {
  try {
    return readShape(bytes);
  } catch (error) {
    if (error instanceof MalformedModule) return error.message;
    throw error;
  }
}

function linkFaults(abi: AbiVersion, shape: ModuleShape): string[] {
  const faults: string[] = [];
  for (const item of shape.imports) {
    const name = `${item.module}.${item.name}`;
    if (item.kind === 'memory' || item.kind === 'table') continue;
    const offered = item.kind === 'function' ? hostSignature(abi, item.module, item.name) : undefined;
    if (offered === undefined) {
      faults.push(`it imports the ${item.kind} ${name}, which Envoy does not have for ABI ${abi}`);
    } else if (item.signature !== offered && item.signature !== 'unknown') {
      faults.push(`it imports ${name} as ${item.signature}, but Envoy has it as ${offered}`);
    }
  }
  for (const [name, expected] of callbackSignatures(abi, shape.functions)) {
    const actual = shape.functions.get(name);
    if (actual !== undefined && actual !== expected && actual !== 'unknown') {
      faults.push(`it exports ${name} as ${actual}, but Envoy calls it as ${expected}`);
    }
  }
  if (!shape.functions.has('malloc') && !shape.functions.has('proxy_on_memory_allocate')) {
    faults.push('it exports neither malloc nor proxy_on_memory_allocate');
  }
  return faults;
}

function memoryFaults(shape: ModuleShape, maxPages: number): string[] {
  const limits = shape.memory ?? shape.imports.find((item) => item.kind === 'memory')?.limits;
  if (limits === undefined) return ['it has no memory'];
  if (limits.is64) return ['its memory has 64-bit addresses'];
  if (limits.minPages > maxPages) {
    return [
      `it asks for ${limits.minPages} pages of memory at once, more than the ${maxPages} a VM may have`,
    ];
  }
  return [];
}
