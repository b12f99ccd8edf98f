import { Status } from '../abi/status.ts';
import type { Vm } from '../vm/vm.ts';
import { giveBytes } from './copy-out.ts';
import type { HostFunctions } from './imports.ts';

/** `proxy_get_property`, `proxy_set_property`. */
export function propertyFunctions(vm: Vm): HostFunctions {
  return {
    proxy_get_property(pathAt: number, pathSize: number, pointerAt: number, sizeAt: number): Status {
      const context = vm.context();
      const path = vm.memory.string(pathAt, pathSize);
      if (path === undefined) return Status.InvalidMemoryAccess;
      const value = context.getProperty(path);
      if (value === Status.NotFound && path.includes('.') && !path.includes('\0'))
        vm.quirk('property-dot', `proxy_get_property(${JSON.stringify(path)})`);
      return typeof value === 'number' ? value : giveBytes(vm, value, pointerAt, sizeAt);
    },
    proxy_set_property(pathAt: number, pathSize: number, valueAt: number, valueSize: number): Status {
      const context = vm.context();
      const path = vm.memory.string(pathAt, pathSize);
      const value = vm.memory.string(valueAt, valueSize);
      if (path === undefined || value === undefined) return Status.InvalidMemoryAccess;
      return context.setProperty(path, value);
    },
  };
}
