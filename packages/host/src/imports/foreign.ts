import { deflateSync, inflateSync } from 'node:zlib';
import { Status } from '../abi/status.ts';
import type { Vm } from '../vm/vm.ts';
import type { HostFunctions } from './imports.ts';

/** The most that `uncompress` may make of its argument. */
const maxUncompressed = 64 * 1024 * 1024;

type ForeignFunction = (vm: Vm, args: Uint8Array) => Uint8Array | Status;

const nothing = new Uint8Array();

/**
 * Envoy's foreign functions (envoy source/extensions/common/wasm/foreign.cc), as far as this host has what they are about.
 * Every other name is NOT_FOUND, which is what an Envoy says that was built without it.
 */
const functions: ReadonlyMap<string, ForeignFunction> = new Map<string, ForeignFunction>([
  ['compress', (_vm, args) => deflateSync(args)],
  [
    'uncompress',
    (_vm, args) => {
      try {
        return inflateSync(args, { maxOutputLength: maxUncompressed });
      } catch {
        return Status.SerializationFailure;
      }
    },
  ],
  [
    'clear_route_cache',
    (vm) => {
      vm.context().clearRouteCache();
      return nothing;
    },
  ],
]);

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
      const run = functions.get(name);
      if (run === undefined) {
        vm.log('warn', `the host has no foreign function ${JSON.stringify(name)}`, 'host');
        return Status.NotFound;
      }
      const outcome = run(vm, args);
      const result = typeof outcome === 'number' ? nothing : outcome;
      let pointer = 0;
      if (pointerAt !== 0 && result.length > 0) {
        pointer = vm.allocate(result.length);
        if (pointer === 0) return Status.InvalidMemoryAccess;
        vm.memory.bytes.set(result, pointer);
      }
      if (pointerAt !== 0 && !vm.memory.writeWord(pointerAt, pointer)) return Status.InvalidMemoryAccess;
      if (sizeAt !== 0 && !vm.memory.writeWord(sizeAt, result.length)) return Status.InvalidMemoryAccess;
      return typeof outcome === 'number' ? outcome : Status.Ok;
    },
  };
}
