import {
  formatFunctionType,
  type FunctionType,
  type Import,
  type WasmModule,
} from '../module/wasm-module.ts';
import { olderThan, type EnvoyVersion } from './envoy-version.ts';
import { bounded, error, shown, warning, type Fault } from './fault.ts';
import { hostFunctions, type AbiVersion, type HostFunction } from './host-functions.ts';
import { nearest } from './nearest.ts';
import { functionType, hasSignature } from './signature.ts';

const byKey = new Map(hostFunctions.map((f) => [`${f.module}.${f.name}`, f]));

/** Every import that the host would not link: it links by name and exact type, for the module's ABI. */
export function checkImports(
  module: WasmModule,
  abi: AbiVersion | undefined,
  envoy: readonly EnvoyVersion[],
): readonly Fault[] {
  const faults = new Map<string, Fault>();
  for (const imported of module.imports) {
    const fault = checkImport(imported, abi, envoy);
    if (fault !== undefined) faults.set(`${fault.code} ${fault.summary}`, fault);
  }
  return bounded([...faults.values()]);
}

function checkImport(
  imported: Import,
  abi: AbiVersion | undefined,
  envoy: readonly EnvoyVersion[],
): Fault | undefined {
  const key = `${imported.module}.${imported.name}`;
  if (imported.type.kind === 'function') return checkFunction(key, imported, imported.type, abi, envoy);
  if (imported.type.kind === 'memory' || imported.type.kind === 'table') {
    return warning(
      'WC-MOD-008',
      `the module imports a ${imported.type.kind}, ${shown(key)}`,
      `Envoy makes one up, other hosts do not: let the module define its ${imported.type.kind} itself`,
    );
  }
  return error(
    'WC-MOD-007',
    `the module imports a ${imported.type.kind}, ${shown(key)}, and hosts offer functions only`,
    'build it as a module of its own, not for dynamic linking',
  );
}

function checkFunction(
  key: string,
  imported: Import,
  type: FunctionType,
  abi: AbiVersion | undefined,
  envoy: readonly EnvoyVersion[],
): Fault | undefined {
  const known = byKey.get(key);
  if (known === undefined) return missing(imported, key);
  if (abi !== undefined && !known.abis.includes(abi)) return otherAbi(known, abi);
  if (!hasSignature(type, known.signature)) {
    return error(
      'WC-MOD-005',
      `the import ${key} has the type ${formatFunctionType(type)}, and the host offers ${formatFunctionType(functionType(known.signature))}`,
      'use an SDK made for the ABI version that the module declares; Envoy links by exact type',
    );
  }
  const without = known.since === undefined ? [] : olderThan(envoy, known.since);
  if (known.since === undefined || without.length === 0) return undefined;
  return error(
    'WC-MOD-006',
    `the import ${key} is not in Envoy ${without.join(', ')}`,
    `it is in Envoy from ${known.since} on: upgrade the proxies, check for their version only (--envoy), or build with an older toolchain`,
  );
}

function missing(imported: Import, key: string): Fault {
  const names = hostFunctions.filter((f) => f.module === imported.module).map((f) => f.name);
  const close = imported.name.length > 100 ? undefined : nearest(imported.name, names);
  return error(
    'WC-MOD-003',
    `no host offers the import ${shown(key)}`,
    close === undefined ? adviceFor(imported) : `did you mean ${imported.module}.${close}?`,
  );
}

function adviceFor({ module, name }: Import): string {
  if (module === 'env' && ['abort', 'trace', 'seed', 'Date.now', 'console.log'].includes(name)) {
    return 'this is of AssemblyScript for browsers: build with wasmcast build, or give it an own one with --use';
  }
  if (module.startsWith('wasi'))
    return 'Envoy offers WASI preview 1 as wasi_snapshot_preview1 and wasi_unstable';
  if (module.startsWith('wasi:') || module.includes('/'))
    return 'Envoy offers no WASI preview 2 and no components';
  if (module === '__wbindgen_placeholder__' || module === 'wbg') {
    return 'this is of wasm-bindgen, for browsers: build with plain cargo for wasm32-wasip1';
  }
  return 'modules can import the functions of the Proxy-Wasm ABI from env, and WASI preview 1';
}

function otherAbi(known: HostFunction, abi: AbiVersion): Fault {
  const instead: Readonly<Record<string, string>> = {
    proxy_get_configuration: 'read it with proxy_get_buffer_bytes, buffer 7 (plugin) or 6 (VM)',
    proxy_continue_request: 'use proxy_continue_stream(0)',
    proxy_continue_response: 'use proxy_continue_stream(1)',
    proxy_clear_route_cache: 'call the foreign function clear_route_cache',
    proxy_get_log_level: 'declare ABI 0.2.1',
  };
  return error(
    'WC-MOD-004',
    `the import ${known.module}.${known.name} is of ABI ${known.abis.join(' and ')}, and the module declares ${abi}`,
    instead[known.name] ?? 'declare the ABI version whose functions the module uses',
  );
}
