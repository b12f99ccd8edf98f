import { Status } from '../abi/status.ts';
import { nothing } from '../foreign/foreign-function.ts';
import { foreignFunctions as byName } from '../foreign/functions.ts';
import type { Vm } from '../vm/vm.ts';
import type { HostFunctions } from './imports.ts';

/** `proxy_call_foreign_function`; the places for the result may be 0. */
export function foreignFunctions(vm: Vm): HostFunctions {
  return {
    proxy_call_foreign_function(
      nameAt: number,
      nameSize: number,
      argsAt: number,
      argsSize: number,
      pointerAt: number,
      sizeAt: number,
    ): Status {
      vm.context();
      const name = vm.memory.string(nameAt, nameSize);
      const args = vm.memory.copy(argsAt, argsSize);
      if (name === undefined || args === undefined) return Status.InvalidMemoryAccess;
      const run = byName.get(name);
      if (run === undefined) {
        vm.log('warn', `the host has no foreign function ${JSON.stringify(name)}`, 'host');
        return Status.NotFound;
      }
      const outcome = run(vm, args);
      const result = typeof outcome === 'number' ? nothing : outcome;
      let pointer = 0;
      // An empty result is allocated as any other is, unlike none.
      if (pointerAt !== 0 && result !== nothing) {
        pointer = vm.allocate(result.length);
        if (pointer === 0 && result.length > 0) return Status.InvalidMemoryAccess;
        vm.memory.bytes.set(result, pointer);
      }
      if (pointerAt !== 0 && !vm.memory.writeWord(pointerAt, pointer)) return Status.InvalidMemoryAccess;
      if (sizeAt !== 0 && !vm.memory.writeWord(sizeAt, result.length)) return Status.InvalidMemoryAccess;
      return typeof outcome === 'number' ? outcome : Status.Ok;
    },
  };
}
