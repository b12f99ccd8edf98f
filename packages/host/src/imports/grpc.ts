import { decodePairs } from '../abi/pairs.ts';
import { Status } from '../abi/status.ts';
import type { GrpcStart } from '../callouts/grpc-callouts.ts';
import type { Vm } from '../vm/vm.ts';
import type { HostFunctions } from './imports.ts';

/** gRPC callouts: always of the plugin, whichever stream asks (cpp-host src/exports.cc grpc_…). */
export function grpcFunctions(vm: Vm): HostFunctions {
  const start = (
    kind: 'grpc-call' | 'grpc-stream',
    places: readonly number[],
    timeoutMs: number,
    tokenAt: number,
  ): Status => {
    const { root } = vm.context();
    const parts: Uint8Array[] = [];
    for (let i = 0; i < places.length; i += 2) {
      const part = vm.memory.copy(places[i] as number, places[i + 1] as number);
      if (part === undefined) return Status.InvalidMemoryAccess;
      parts.push(part);
    }
    const [upstream, service, method, metadata, message] = parts as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array?,
    ];
    const given: GrpcStart = {
      upstream,
      service: Buffer.from(service).toString('utf8'),
      method: Buffer.from(method).toString('utf8'),
      metadata: decodePairs(Buffer.from(metadata), 0, metadata.length),
      message,
      timeoutMs: timeoutMs >>> 0,
    };
    const result = root?.grpc.start(kind, given) ?? Status.BadArgument;
    if (typeof result === 'number') return result;
    return vm.memory.writeWord(tokenAt, result.token) ? Status.Ok : Status.InvalidMemoryAccess;
  };
  return {
    proxy_grpc_call: (...args: number[]): Status =>
      start('grpc-call', args.slice(0, 10), args[10] as number, args[11] as number),
    proxy_grpc_stream: (...args: number[]): Status =>
      start('grpc-stream', args.slice(0, 8), 0, args[8] as number),
    proxy_grpc_send(token: number, pointer: number, size: number, end: number): Status {
      const { root } = vm.context();
      const message = vm.memory.copy(pointer, size);
      if (message === undefined) return Status.InvalidMemoryAccess;
      return root?.grpc.send(token >>> 0, message, end !== 0) ?? Status.BadArgument;
    },
    proxy_grpc_cancel: (token: number): Status =>
      vm.context().root?.grpc.cancel(token >>> 0) ?? Status.BadArgument,
    proxy_grpc_close: (token: number): Status =>
      vm.context().root?.grpc.close(token >>> 0) ?? Status.BadArgument,
  };
}
