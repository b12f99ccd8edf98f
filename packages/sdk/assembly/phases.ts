import { log } from './log';
import { Status } from './status';

// Both conditions are known while compiling: a release build has nothing of this.

/** Passes a status on. In a debug build, says in the log why a header map cannot be reached now. */
export function explainMap(map: i32, status: Status): Status {
  if (ASC_OPTIMIZE_LEVEL == 0 && ASC_SHRINK_LEVEL == 0) {
    if (status == Status.BadArgument) log.warn('not available now: ' + mapAndPhase(map));
  }
  return status;
}

/** As `explainMap`, of a body that cannot be changed. */
export function explainBody(status: Status): Status {
  if (ASC_OPTIMIZE_LEVEL == 0 && ASC_SHRINK_LEVEL == 0) {
    if (status == Status.BadArgument) {
      log.warn('not available now: a body can be changed in its own callback, and not in its middle');
    }
  }
  return status;
}

/** What a header map of the ABI is, and when it is there. */
function mapAndPhase(map: i32): string {
  switch (map) {
    case 0:
      return 'the headers of the request are there in onRequestHeaders, until it has returned Continue, and again in onLog';
    case 1:
      return 'the trailers of the request are there in onRequestTrailers, and again in onLog';
    case 2:
      return 'the headers of the response are there in onResponseHeaders, until it has returned Continue, and again in onLog';
    case 3:
      return 'the trailers of the response are there in onResponseTrailers, and again in onLog';
    case 4:
      return 'the first metadata of a gRPC stream is there in onInitialMetadata';
    case 5:
      return 'the last metadata of a gRPC stream is there in onTrailingMetadata';
    default:
      return 'headers and trailers of a callout are there in onResponse';
  }
}
