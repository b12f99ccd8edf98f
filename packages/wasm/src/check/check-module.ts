import { createHash } from 'node:crypto';
import { parseSha256, type Diagnostic, type Sha256 } from '@wasmcast/core';
import { readPrecompiled, readSourceMapUrl } from '../module/custom-sections.ts';
import { largestModule, readModule } from '../module/read-module.ts';
import { scanFunction } from '../module/scan-code.ts';
import { formatFunctionType, type ExternType, type Feature, type WasmModule } from '../module/wasm-module.ts';
import { checkCode } from './check-code.ts';
import { checkExports, declaredAbi } from './check-exports.ts';
import { checkImports } from './check-imports.ts';
import { checkSize } from './check-size.ts';
import { checkStart } from './check-start.ts';
import { detectOrigin } from './detect-origin.ts';
import { envoyVersions, type EnvoyVersion } from './envoy-version.ts';
import { error, type Fault } from './fault.ts';
import { kindOfCallback } from './guest-functions.ts';
import type { ModuleFacts } from './module-facts.ts';

/** Options of {@link checkModule}. */
export interface CheckOptions {
  /** The module's name in faults; default: the beginning of its digest. */
  readonly file?: string;
  /** The versions that must all take the module; default: all that are known. */
  readonly envoy?: readonly EnvoyVersion[];
  /** How it will be delivered, when that is known: its limits are then checked too. */
  readonly delivery?: 'configmap' | 'image';
}

/** What `checkModule` found. */
export interface ModuleCheck {
  /** Absent when the bytes are no module. */
  readonly facts?: ModuleFacts;
  /** Every fault; no error among them means that the Envoy versions asked for load the module. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * What a Proxy-Wasm module is, by any SDK, and every reason why an Envoy would refuse it. Pure; takes any bytes. Whether
 * the filter accepts its configuration only running it can tell.
 */
export function checkModule(bytes: Uint8Array, options: CheckOptions = {}): ModuleCheck {
  const digest = digestOf(bytes);
  const subject = options.file ?? `sha256:${digest.slice(0, 16)}`;
  const result = readModule(bytes);
  if (result.kind === 'malformed') {
    return { diagnostics: [{ ...malformed(bytes, result.offset, result.reason), subject }] };
  }
  const { module } = result;
  const abi = declaredAbi(module);
  const envoy = options.envoy ?? envoyVersions;
  const facts = factsOf(module, digest);
  const faults: readonly Fault[] = [
    ...checkCode(bytes, facts.features),
    ...checkExports(module, abi, envoy),
    ...checkImports(module, abi, envoy),
    ...checkStart(module),
    ...checkSize(module, options.delivery),
  ];
  return { facts, diagnostics: faults.map((fault) => ({ ...fault, subject })) };
}

function malformed(bytes: Uint8Array, offset: number, reason: string): Fault {
  if (bytes.length > largestModule) {
    return error(
      'WC-MOD-020',
      `the module has ${bytes.length} bytes, and Envoy takes ${largestModule}`,
      'make it smaller',
    );
  }
  const at = `at byte ${offset} of ${bytes.length}`;
  const truncated = reason.includes('longer than') || reason.includes('bytes end');
  return error(
    'WC-MOD-001',
    `this is not a WebAssembly module: ${reason} (${at})`,
    truncated && offset > 8
      ? 'the file looks truncated: build or download it again'
      : 'give the .wasm file that a build wrote, not its text form, an archive or an image',
  );
}

function digestOf(bytes: Uint8Array): Sha256 {
  const digest = parseSha256(createHash('sha256').update(bytes).digest('hex'));
  if (digest === undefined) throw new TypeError('a sha256 has 64 hex digits');
  return digest;
}

function factsOf(module: WasmModule, digest: Sha256): ModuleFacts {
  const abi = declaredAbi(module);
  const sourceMap = readSourceMapUrl(module);
  const [memory] = module.memories;
  const kinds = new Set(module.exports.map((e) => kindOfCallback(e.name)));
  return {
    digest,
    size: module.bytes.length,
    ...(abi === undefined ? {} : { abi }),
    imports: module.imports.map((i) => ({ module: i.module, name: i.name, ...typeFact(i.type) })),
    exports: module.exports.map((e) => ({ name: e.name, ...typeFact(e.type) })),
    kinds: (['http', 'tcp'] as const).filter((kind) => kinds.has(kind)),
    ...detectOrigin(module),
    hasNames: module.customSections.some((s) => s.name === 'name' && s.size > 0),
    ...(sourceMap === undefined ? {} : { sourceMap }),
    ...(memory === undefined ? {} : { memory: memoryFact(memory) }),
    features: featuresOf(module),
    precompiled: readPrecompiled(module),
  };
}

function memoryFact(limits: WasmModule['memories'][number]): NonNullable<ModuleFacts['memory']> {
  const bytes = (pages: bigint): number => Number(pages << BigInt(limits.pageSizeLog2 ?? 16));
  return {
    initial: bytes(limits.minimum),
    ...(limits.maximum === undefined ? {} : { maximum: bytes(limits.maximum) }),
  };
}

function typeFact(type: ExternType): { kind: string; type: string } {
  switch (type.kind) {
    case 'function':
      return { kind: type.kind, type: formatFunctionType(type) };
    case 'global':
      return { kind: type.kind, type: type.mutable ? `mutable ${type.type}` : type.type };
    case 'table':
      return { kind: type.kind, type: type.element };
    case 'memory':
    case 'tag':
      return { kind: type.kind, type: type.kind };
  }
}

function featuresOf(module: WasmModule): readonly Feature[] {
  const features = new Set(module.features);
  for (const at of module.bodies.keys()) {
    for (const feature of scanFunction(module, module.importedFunctions + at).features) features.add(feature);
  }
  return [...features].toSorted();
}
