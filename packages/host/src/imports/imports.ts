import { Status } from '../abi/status.ts';
import type { Vm } from '../vm/vm.ts';
import { wasiModules } from '../module/host-signatures.ts';
import { wasm, type WasmMemory } from '../vm/web-assembly.ts';
import { wasiFunctions } from '../wasi/wasi.ts';
import { bufferFunctions } from './buffers.ts';
import { foreignFunctions } from './foreign.ts';
import { grpcFunctions } from './grpc.ts';
import { headerFunctions } from './headers.ts';
import { httpCallFunctions } from './http-call.ts';
import { metricFunctions } from './metrics.ts';
import { propertyFunctions } from './properties.ts';
import { runtimeFunctions } from './runtime.ts';
import { sharedFunctions } from './shared.ts';
import { streamFunctions } from './streams.ts';

/** A function for a module. Parameters are i32 (numbers, signed) or i64 (bigints). */
export type HostFunction = (...args: never[]) => number | void;

/** Everything that a module is given, by module and name. */
export type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A family of functions, by the names under which they are imported. */
export type HostFunctions = Readonly<Record<string, HostFunction>>;

/** The functions of the ABI, of every version, bound to a VM. */
export function hostFunctions(vm: Vm): HostFunctions {
  return {
    ...runtimeFunctions(vm),
    ...bufferFunctions(vm),
    ...headerFunctions(vm),
    ...propertyFunctions(vm),
    ...streamFunctions(vm),
    ...httpCallFunctions(vm),
    ...grpcFunctions(vm),
    ...sharedFunctions(vm),
    ...metricFunctions(vm),
    ...foreignFunctions(vm),
  };
}

/**
 * What a module of this VM imports: all host functions bound to the VM, and the memory and tables that it wants to be
 * given. Which of them a module may have at all was decided when it was compiled.
 */
export function makeImports(vm: Vm): {
  readonly imports: Imports;
  readonly memory: WasmMemory | undefined;
} {
  const env = hostFunctions(vm);
  const wasi = wasiFunctions(vm);
  const imports: Record<string, Record<string, unknown>> = {};
  let memory: WasmMemory | undefined;
  for (const item of vm.module.shape.imports) {
    const target = (imports[item.module] ??= Object.create(null) as Record<string, unknown>);
    if (item.kind === 'function') {
      const family: HostFunctions = wasiModules.includes(item.module) ? wasi : env;
      const { allowedCapabilities: allowed } = vm.settings;
      // Beside the functions of the ABI there are some that the toolchain of C++ wants, which cannot be restricted.
      const free = family === env && !item.name.startsWith('proxy_');
      target[item.name] =
        free || (allowed?.has(item.name) ?? true)
          ? family[item.name]
          : restricted(vm, item.name, family === wasi);
    } else if (item.limits !== undefined && item.kind === 'memory') {
      const { minPages, maxPages, shared } = item.limits;
      const maximum = Math.min(maxPages ?? vm.module.maxPages, vm.module.maxPages);
      memory = new wasm.Memory({ initial: minPages, maximum, shared });
      target[item.name] = memory;
    } else if (item.limits !== undefined) {
      const { minPages: initial, maxPages: maximum } = item.limits;
      target[item.name] = new wasm.Table({
        element: 'anyfunc',
        initial,
        ...(maximum === undefined ? {} : { maximum }),
      });
    }
  }
  return { imports, memory };
}

/** The error number ENOTCAPABLE of WASI. */
const notCapable = 76;

/** Stands for an import that the plugin may not use (cpp-host include/proxy-wasm/exports.h _REGISTER_…_STUB). */
function restricted(vm: Vm, name: string, isWasi: boolean): HostFunction {
  return () => {
    vm.log('warn', `the module calls ${name}, which its capabilities do not allow`, 'host');
    return isWasi ? notCapable : Status.InternalFailure;
  };
}
