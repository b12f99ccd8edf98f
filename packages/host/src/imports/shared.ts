import { Status } from '../abi/status.ts';
import type { Vm } from '../vm/vm.ts';
import { giveString } from './copy-out.ts';
import type { HostFunctions } from './imports.ts';

/** Shared data and queues, per vm_id. */
export function sharedFunctions(vm: Vm): HostFunctions {
  const { shared } = vm.ports;
  const { vmId } = vm.settings;
  return {
    proxy_get_shared_data(
      keyAt: number,
      keySize: number,
      pointerAt: number,
      sizeAt: number,
      casAt: number,
    ): Status {
      vm.context();
      const key = vm.memory.string(keyAt, keySize);
      if (key === undefined) return Status.InvalidMemoryAccess;
      const entry = shared.get(vmId, key);
      if (entry === undefined) return Status.NotFound;
      const given = giveString(vm, entry.value, pointerAt, sizeAt);
      if (given !== Status.Ok) return given;
      return vm.memory.writeWord(casAt, entry.cas) ? Status.Ok : Status.InvalidMemoryAccess;
    },
    proxy_set_shared_data(
      keyAt: number,
      keySize: number,
      valueAt: number,
      valueSize: number,
      cas: number,
    ): Status {
      vm.context();
      const key = vm.memory.string(keyAt, keySize);
      const value = vm.memory.string(valueAt, valueSize);
      if (key === undefined || value === undefined) return Status.InvalidMemoryAccess;
      if (cas !== 0 && shared.get(vmId, key) === undefined) {
        const detail = `proxy_set_shared_data(${JSON.stringify(key)}, …, ${cas >>> 0})`;
        if (!vm.quirk('shared-data-absent-cas', detail)) return Status.CasMismatch;
      }
      return shared.set(vmId, key, value, cas >>> 0);
    },
    proxy_register_shared_queue(nameAt: number, nameSize: number, idAt: number): Status {
      const { root } = vm.context();
      const name = vm.memory.string(nameAt, nameSize);
      if (name === undefined) return Status.InvalidMemoryAccess;
      const id = shared.register(vmId, name, (queue) => root?.queueReady(queue));
      return vm.memory.writeWord(idAt, id) ? Status.Ok : Status.InvalidMemoryAccess;
    },
    proxy_resolve_shared_queue(
      vmIdAt: number,
      vmIdSize: number,
      nameAt: number,
      nameSize: number,
      idAt: number,
    ): Status {
      vm.context();
      const other = vm.memory.string(vmIdAt, vmIdSize);
      const name = vm.memory.string(nameAt, nameSize);
      if (other === undefined || name === undefined) return Status.InvalidMemoryAccess;
      const id = shared.resolve(other === '' ? vmId : other, name);
      if (id === undefined) return Status.NotFound;
      return vm.memory.writeWord(idAt, id) ? Status.Ok : Status.InvalidMemoryAccess;
    },
    proxy_enqueue_shared_queue(id: number, pointer: number, size: number): Status {
      vm.context();
      const item = vm.memory.string(pointer, size);
      return item === undefined ? Status.InvalidMemoryAccess : shared.enqueue(id >>> 0, item);
    },
    proxy_dequeue_shared_queue(id: number, pointerAt: number, sizeAt: number): Status {
      vm.context();
      const item = shared.dequeue(id >>> 0);
      return typeof item === 'number' ? item : giveString(vm, item, pointerAt, sizeAt);
    },
  };
}
