import { makeImports, type Imports } from '../imports/imports.ts';
import type { FilterModule } from '../module/compile.ts';
import type { Deadline } from './deadline.ts';
import { readGuest, type Guest } from './guest.ts';
import { GuestMemory } from './memory.ts';
import type { Vm } from './vm.ts';
import { wasm, type WasmExports } from './web-assembly.ts';

/** Instantiates the module of a VM; throws what V8 throws. */
export function instantiate(
  vm: Vm,
  deadline: Deadline | undefined,
): { readonly memory: GuestMemory; readonly guest: Guest } {
  const { imports, memory } = makeImports(vm);
  const { exports } = newInstance(vm.module, imports, deadline);
  const own = Object.values(exports).find((value) => value instanceof wasm.Memory);
  const used = own ?? memory;
  if (used === undefined) throw new Error('the module does not export its memory');
  return {
    memory: new GuestMemory(used),
    guest: readGuest(vm.module, exports, vm.settings.allowedCapabilities),
  };
}

/** A start section may run as long as any callback. */
function newInstance(
  module: FilterModule,
  imports: Imports,
  deadline: Deadline | undefined,
): { readonly exports: WasmExports } {
  const make = (): { readonly exports: WasmExports } => new wasm.Instance(module.wasm, imports);
  if (deadline === undefined || !module.shape.hasStart) return make();
  let instance: { readonly exports: WasmExports } | undefined;
  deadline.run(() => ((instance = make()), 0));
  return instance as unknown as { readonly exports: WasmExports };
}

/** Runs the initializer of an instantiated module (cpp-host src/wasm.cc WasmBase::startVm). */
export function initialize(vm: Vm): void {
  const { initialize: run, start, main, mainVoid } = vm.guest;
  const context = vm.currentContext;
  if (run !== undefined) {
    vm.call(context, '_initialize', run);
    if (vm.failed) return;
    if (main !== undefined) vm.call(context, 'main', main, 0, 0);
    else if (mainVoid !== undefined) vm.call(context, '__main_void', mainVoid);
  } else if (start !== undefined) vm.call(context, '_start', start);
}
