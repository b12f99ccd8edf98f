import { decodePairs } from '../abi/pairs.ts';
import { Status } from '../abi/status.ts';
import { StreamType } from '../abi/types.ts';
import type { Vm } from '../vm/vm.ts';
import { lowerCase } from './headers.ts';
import type { HostFunctions } from './imports.ts';

/** The highest gRPC status; what is above (SDKs pass -1) is none. */
const maxGrpcStatus = 16;

/** Going on, breaking off, answering. All of it happens after the module has returned. */
export function streamFunctions(vm: Vm): HostFunctions {
  return {
    proxy_continue_stream(type: number): Status {
      const context = vm.context();
      return type >>> 0 > StreamType.Upstream ? Status.BadArgument : context.continueStream(type);
    },
    proxy_close_stream(type: number): Status {
      const context = vm.context();
      return type >>> 0 > StreamType.Upstream ? Status.BadArgument : context.closeStream(type);
    },
    proxy_continue_request: (): Status => vm.context().continueStream(StreamType.Request),
    proxy_continue_response: (): Status => vm.context().continueStream(StreamType.Response),
    proxy_clear_route_cache(): Status {
      vm.context().clearRouteCache();
      return Status.Ok;
    },
    proxy_send_local_response(
      code: number,
      detailsAt: number,
      detailsSize: number,
      bodyAt: number,
      bodySize: number,
      headersAt: number,
      headersSize: number,
      grpcStatus: number,
    ): Status {
      const context = vm.context();
      const { memory } = vm;
      const details = memory.string(detailsAt, detailsSize);
      const body = memory.copy(bodyAt, bodySize);
      if (details === undefined || body === undefined || !memory.holds(headersAt, headersSize)) {
        return Status.InvalidMemoryAccess;
      }
      const pairs = decodePairs(memory.bytes, headersAt >>> 0, headersSize >>> 0);
      context.sendLocalResponse({
        code: code >>> 0,
        body,
        headers: pairs.map((text, i) => (i % 2 === 0 ? lowerCase(text) : text)),
        grpcStatus: grpcStatus >>> 0 <= maxGrpcStatus ? grpcStatus : undefined,
        details: details.replaceAll(/\s/g, '_'),
      });
      vm.stopIteration = true;
      return Status.Ok;
    },
  };
}
