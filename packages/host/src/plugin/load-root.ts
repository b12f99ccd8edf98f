import { RootContext } from '../context/root-context.ts';
import type { FilterModule } from '../module/compile.ts';
import type { Trap } from '../vm/trap.ts';
import { Vm } from '../vm/vm.ts';
import type { PluginSettings, ResolvedPorts } from './settings.ts';

/** Why a filter did not start. */
export type StartFailure =
  /** A callback returned false. */
  | { readonly kind: 'refused'; readonly callback: 'on_vm_start' | 'on_configure' }
  /** The module trapped, or called what it may not call while it initializes. */
  | { readonly kind: 'trapped'; readonly callback: string; readonly message: string; readonly trap: Trap }
  /** V8 could not instantiate the module. */
  | { readonly kind: 'not-loadable'; readonly reason: string };

/** What a plugin is made of. */
export interface PluginParts {
  readonly module: FilterModule;
  readonly settings: PluginSettings;
  readonly ports: ResolvedPorts;
}

/** A VM whose module has been initialized, without any plugin yet. */
export function startVm({ module, settings, ports }: PluginParts): Vm | StartFailure {
  const vm = new Vm(module, settings, ports);
  vm.start();
  if (vm.trap === undefined) return vm;
  vm.dispose();
  return startFailure(vm.trap);
}

/** Starts and configures a plugin in a VM (cpp-host src/wasm.cc WasmBase::start, configure). */
export function startRoot(vm: Vm, { settings, ports }: PluginParts): RootContext | StartFailure {
  const root = new RootContext(vm, settings, ports);
  const started = root.start();
  const configured = started && vm.trap === undefined && root.configure();
  if (configured && vm.trap === undefined) return root;
  root.abandon();
  if (vm.trap !== undefined) return startFailure(vm.trap);
  return { kind: 'refused', callback: started ? 'on_configure' : 'on_vm_start' };
}

function startFailure(trap: Trap): StartFailure {
  if (trap.callback === 'instantiation') return { kind: 'not-loadable', reason: trap.reason };
  return { kind: 'trapped', callback: trap.callback, message: trap.message, trap };
}
