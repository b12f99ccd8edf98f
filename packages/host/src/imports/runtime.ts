import { Status } from '../abi/status.ts';
import { logLevels } from '../abi/types.ts';
import type { Vm } from '../vm/vm.ts';
import { giveBytes, giveString } from './copy-out.ts';
import type { HostFunctions } from './imports.ts';

/** Logging, time, timers, lifecycle and status (cpp-host src/exports.cc). */
export function runtimeFunctions(vm: Vm): HostFunctions {
  return {
    proxy_log(level: number, pointer: number, size: number): Status {
      vm.anyContext('both');
      const name = logLevels[level >>> 0];
      if (name === undefined) return Status.BadArgument;
      const message = vm.memory.text(pointer, size);
      if (message === undefined) return Status.InvalidMemoryAccess;
      vm.log(name, message, 'filter');
      return Status.Ok;
    },
    proxy_get_log_level(levelAt: number): Status {
      vm.context();
      return vm.memory.writeWord(levelAt, vm.ports.logLevel) ? Status.Ok : Status.InvalidMemoryAccess;
    },
    proxy_get_current_time_nanoseconds(timeAt: number): Status {
      vm.context();
      return vm.memory.writeLong(timeAt, vm.ports.clock.realtime()) ? Status.Ok : Status.InvalidMemoryAccess;
    },
    proxy_set_tick_period_milliseconds(period: number): Status {
      vm.context().root?.setTickPeriod(period >>> 0);
      return Status.Ok;
    },
    proxy_set_effective_context(id: number): Status {
      return vm.setEffective(id >>> 0) ? Status.Ok : Status.BadArgument;
    },
    proxy_done(): Status {
      return vm.context().done();
    },
    proxy_get_status(codeAt: number, pointerAt: number, sizeAt: number): Status {
      const status = vm.context().root?.status ?? { code: 0, message: '' };
      if (!vm.memory.writeWord(codeAt, status.code)) return Status.InvalidMemoryAccess;
      return giveString(vm, status.message, pointerAt, sizeAt);
    },
    /** ABI 0.1.0: the plugin's configuration while that is being set, else the VM's. */
    proxy_get_configuration(pointerAt: number, sizeAt: number): Status {
      const bytes = vm.context().pluginConfiguration() ?? vm.settings.vmConfiguration;
      return giveBytes(vm, bytes, pointerAt, sizeAt);
    },
    /** Imports that C++ modules have; Envoy resolves names here, this host knows no resolver. */
    envoy_resolve_dns(): Status {
      vm.context();
      return Status.Unimplemented;
    },
    pthread_equal: (left: number, right: number): number => (left === right ? 1 : 0),
    emscripten_notify_memory_growth: (): void => undefined,
  };
}
