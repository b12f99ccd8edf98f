import { decodePairs } from '../abi/pairs.ts';
import { Status } from '../abi/status.ts';
import type { Vm } from '../vm/vm.ts';
import type { HostFunctions } from './imports.ts';

/** `proxy_http_call`: always of the plugin, whichever stream asks. */
export function httpCallFunctions(vm: Vm): HostFunctions {
  return {
    proxy_http_call(
      clusterAt: number,
      clusterSize: number,
      headersAt: number,
      headersSize: number,
      bodyAt: number,
      bodySize: number,
      trailersAt: number,
      trailersSize: number,
      timeoutMs: number,
      tokenAt: number,
    ): Status {
      const root = vm.context().root;
      const { memory } = vm;
      const cluster = memory.string(clusterAt, clusterSize);
      const body = memory.copy(bodyAt, bodySize);
      if (
        cluster === undefined ||
        body === undefined ||
        !memory.holds(headersAt, headersSize) ||
        !memory.holds(trailersAt, trailersSize) ||
        // The id is written before anything is sent, so that a bad pointer sends nothing; 0 stays when the call fails.
        !memory.writeWord(tokenAt, 0)
      ) {
        return Status.InvalidMemoryAccess;
      }
      const result = root?.http.start({
        cluster,
        headers: decodePairs(memory.bytes, headersAt >>> 0, headersSize >>> 0),
        body,
        trailers: decodePairs(memory.bytes, trailersAt >>> 0, trailersSize >>> 0),
        timeoutMs: timeoutMs >>> 0,
      });
      if (result === undefined) return Status.BadArgument;
      if (typeof result === 'number') return result;
      memory.writeWord(tokenAt, result.token);
      return Status.Ok;
    },
  };
}
