import { Status } from '../abi/status.ts';
import type { Vm } from '../vm/vm.ts';
import type { HostFunctions } from './imports.ts';

/** The kind of a callout stands in the low two bits of its id (cpp-host include/proxy-wasm/wasm.h kCalloutTypeMask). */
const kindMask = 3;
const kinds = { call: 1, stream: 2 };

/**
 * gRPC callouts. This host has no gRPC upstreams: starting one is answered as Envoy answers for a cluster that does not
 * exist (PARSE_FAILURE), and every id is unknown.
 */
export function grpcFunctions(vm: Vm): HostFunctions {
  const start = (places: readonly number[]): Status => {
    vm.context();
    for (let i = 0; i < places.length; i += 2) {
      if (!vm.memory.holds(places[i] as number, places[i + 1] as number)) return Status.InvalidMemoryAccess;
    }
    return Status.ParseFailure;
  };
  const end = (token: number): Status => {
    vm.context();
    const kind = token & kindMask;
    return kind === kinds.call || kind === kinds.stream ? Status.NotFound : Status.BadArgument;
  };
  return {
    // The last two parameters are the timeout and the place for the id; for a stream it is the last one.
    proxy_grpc_call: (...args: number[]): Status => start(args.slice(0, 10)),
    proxy_grpc_stream: (...args: number[]): Status => start(args.slice(0, 8)),
    proxy_grpc_send(token: number, pointer: number, size: number): Status {
      vm.context();
      if (!vm.memory.holds(pointer, size)) return Status.InvalidMemoryAccess;
      return (token & kindMask) === kinds.stream ? Status.NotFound : Status.BadArgument;
    },
    proxy_grpc_cancel: end,
    proxy_grpc_close: end,
  };
}
