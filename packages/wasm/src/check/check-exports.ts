import { formatFunctionType, type FunctionType, type WasmModule } from '../module/wasm-module.ts';
import { olderThan, type EnvoyVersion } from './envoy-version.ts';
import { bounded, error, shown, warning, type Fault } from './fault.ts';
import { callbacks, kindOfCallback, otherGuestNames, type GuestFunction } from './guest-functions.ts';
import { abiMarker, abiVersions, type AbiVersion } from './host-functions.ts';
import { nearest } from './nearest.ts';
import { functionType, hasSignature } from './signature.ts';

/** The ABI that a host sees: the first marker among the exported functions. */
export function declaredAbi(module: WasmModule): AbiVersion | undefined {
  for (const { name, type } of module.exports) {
    const abi = type.kind === 'function' ? abiVersions.find((a) => abiMarker(a) === name) : undefined;
    if (abi !== undefined) return abi;
  }
  return undefined;
}

/** What is wrong with what the module offers to the host. */
export function checkExports(
  module: WasmModule,
  abi: AbiVersion | undefined,
  envoy: readonly EnvoyVersion[],
): readonly Fault[] {
  const functions = new Map<string, FunctionType>();
  for (const { name, type } of module.exports) if (type.kind === 'function') functions.set(name, type);
  return [
    ...checkMarker(functions, abi),
    ...checkTypes(functions, abi, envoy),
    ...checkAllocator(functions),
    ...checkMemory(module),
    ...bounded(checkNames(module)),
    ...checkPurpose(functions),
    ...bounded(checkSpelling(functions.keys())),
  ];
}

function checkMarker(
  functions: ReadonlyMap<string, FunctionType>,
  abi: AbiVersion | undefined,
): readonly Fault[] {
  const markers = abiVersions.map(abiMarker).filter((name) => functions.has(name));
  if (abi === undefined) {
    const other = [...functions.keys()].find((name) => name.startsWith('proxy_abi_version_'));
    return [
      error(
        'WC-MOD-002',
        other === undefined
          ? 'the module exports no ABI version, so no host knows it as a Proxy-Wasm module'
          : `the module declares an ABI version that Envoy does not know, ${shown(other)}`,
        `build it with a Proxy-Wasm SDK; it must export one of ${abiVersions.map(abiMarker).join(', ')}`,
      ),
    ];
  }
  if (markers.length === 1) return [];
  return [
    warning(
      'WC-MOD-016',
      `the module declares several ABI versions (${markers.join(', ')}); Envoy takes the first in its exports, ${abi}`,
      'link one SDK only',
    ),
  ];
}

/** The functions that a host calls to start a module, in the order in which it looks for them. */
function starters(functions: ReadonlyMap<string, FunctionType>): readonly GuestFunction[] {
  if (!functions.has('_initialize')) return [{ name: '_start', signature: '>', abis: abiVersions }];
  return [
    { name: '_initialize', signature: '>', abis: abiVersions },
    { name: 'main', signature: 'ii>i', abis: abiVersions },
    { name: '__main_void', signature: '>i', abis: abiVersions, since: '1.39' },
  ];
}

function allocators(functions: ReadonlyMap<string, FunctionType>): readonly GuestFunction[] {
  const name = functions.has('malloc') ? 'malloc' : 'proxy_on_memory_allocate';
  return [{ name, signature: 'i>i', abis: abiVersions }];
}

function checkTypes(
  functions: ReadonlyMap<string, FunctionType>,
  abi: AbiVersion | undefined,
  envoy: readonly EnvoyVersion[],
): readonly Fault[] {
  const faults: Fault[] = [];
  const looked = [...starters(functions), ...allocators(functions), ...callbacks];
  for (const name of new Set(looked.map((f) => f.name))) {
    const type = functions.get(name);
    const wanted = looked.filter(
      (f) =>
        f.name === name &&
        (abi === undefined || f.abis.includes(abi)) &&
        (f.since === undefined || olderThan(envoy, f.since).length < envoy.length),
    );
    const [first] = wanted;
    if (type === undefined || first === undefined || wanted.some((f) => hasSignature(type, f.signature)))
      continue;
    faults.push(badSignature(first, type, abi));
  }
  return faults;
}

function badSignature(wanted: GuestFunction, type: FunctionType, abi: AbiVersion | undefined): Fault {
  const other = callbacks.find((f) => f.name === wanted.name && hasSignature(type, f.signature));
  const under = abi === undefined ? '' : ` in ABI ${abi}`;
  return error(
    'WC-MOD-009',
    `the export ${wanted.name} has the type ${formatFunctionType(type)}, and${under} hosts call it as ${formatFunctionType(functionType(wanted.signature))}`,
    other === undefined
      ? 'Envoy refuses a module whose callbacks have other types; check the parameters and the result'
      : `this is its type in ABI ${other.abis.join(' and ')}: declare that version, or change the function`,
  );
}

function checkAllocator(functions: ReadonlyMap<string, FunctionType>): readonly Fault[] {
  if (functions.has('malloc') || functions.has('proxy_on_memory_allocate')) return [];
  return [
    error(
      'WC-MOD-010',
      'the module exports no allocator, so the host cannot hand it any data',
      'export malloc or proxy_on_memory_allocate, (i32) -> i32; every Proxy-Wasm SDK does',
    ),
  ];
}

function checkMemory({ exports, imports }: WasmModule): readonly Fault[] {
  // The host reaches a memory that it has made up for an import; that is warned of among the imports.
  if (imports.some((i) => i.type.kind === 'memory')) return [];
  const memories = exports.filter((e) => e.type.kind === 'memory').map((e) => e.name);
  const [first] = memories;
  if (first === undefined) {
    return [
      error(
        'WC-MOD-011',
        'the module exports no memory, so the host cannot reach its data',
        'export it as "memory"',
      ),
    ];
  }
  if (memories.length === 1 && first === 'memory') return [];
  return [
    warning(
      'WC-MOD-017',
      `the module exports its memory as ${memories.map((name) => `"${shown(name)}"`).join(' and ')}`,
      'export one memory, as "memory": Envoy takes the last whatever its name, other hosts take that name',
    ),
  ];
}

/** V8's embedding interface takes a zero byte at the end of a name for no part of it, and then finds no such export. */
function checkNames({ exports }: WasmModule): readonly Fault[] {
  return exports
    .filter(({ name }) => name.endsWith('\0'))
    .map(({ name }) =>
      error(
        'WC-MOD-024',
        `the name of the export ${shown(name)} ends with a zero byte, and an Envoy that loads the module crashes`,
        'the file looks damaged: build or download it again',
      ),
    );
}

function checkPurpose(functions: ReadonlyMap<string, FunctionType>): readonly Fault[] {
  const useful = [...functions.keys()].some(
    (name) => kindOfCallback(name) !== undefined || name === 'proxy_on_tick' || name === 'proxy_on_log',
  );
  if (useful) return [];
  return [
    warning(
      'WC-MOD-018',
      'the module has no callback for requests, responses, connections, logs or ticks: as a filter it does nothing',
      'if its callbacks were removed by the linker, keep them exported (cdylib, -Wl,--export)',
    ),
  ];
}

function checkSpelling(names: Iterable<string>): readonly Fault[] {
  const known = new Set(callbacks.map((f) => f.name));
  return [...names]
    .filter((name) => name.startsWith('proxy_on_') && !known.has(name) && !otherGuestNames.has(name))
    .map((name) => {
      const close = name.length > 100 ? undefined : nearest(name, known);
      const help = close === undefined ? 'it is never called' : `it is never called; did you mean ${close}?`;
      return warning('WC-MOD-019', `the export ${shown(name)} is no callback that a host knows`, help);
    });
}
