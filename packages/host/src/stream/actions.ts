import { DataAction, HeadersAction, TrailersAction } from '../abi/types.ts';

/**
 * What the numbers mean that callbacks return (cpp-host src/context.cc convertVmCallResultTo…, envoy context.cc
 * convertFilter…Status). `stopped`: the callback has sent a local response, so that the stream stops in any case.
 */
export function headersAction(result: number, stopped: boolean, allowStopIteration: boolean): HeadersAction {
  if (stopped || result >>> 0 > 4) return HeadersAction.StopAllWatermark;
  switch (result) {
    case 1:
      return allowStopIteration ? HeadersAction.StopIteration : HeadersAction.StopAllWatermark;
    case 3:
      return HeadersAction.StopAllBuffer;
    case 4:
      return HeadersAction.StopAllWatermark;
    default:
      // 2, ContinueAndEndStream, has no meaning any more.
      return HeadersAction.Continue;
  }
}

export function dataAction(result: number, stopped: boolean): DataAction {
  return stopped || result >>> 0 > 3 ? DataAction.NoBuffer : (result as DataAction);
}

export function trailersAction(result: number, stopped: boolean): TrailersAction {
  return stopped || result !== 0 ? TrailersAction.StopIteration : TrailersAction.Continue;
}
