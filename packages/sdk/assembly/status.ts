/**
 * What the host answers. AssemblyScript has no exceptions, and a trap would take the whole VM down: so a host call never
 * traps. What only acts returns its Status; what fetches returns the value or null (or a fallback) and leaves its Status in
 * `lastStatus()`.
 */
export enum Status {
  Ok = 0,
  NotFound = 1,
  /** Also: this header map or body is not available in this phase. */
  BadArgument = 2,
  SerializationFailure = 3,
  ParseFailure = 4,
  BadExpression = 5,
  InvalidMemoryAccess = 6,
  Empty = 7,
  CasMismatch = 8,
  ResultMismatch = 9,
  /** Also: the proxy's configuration does not permit this call. */
  InternalFailure = 10,
  BrokenConnection = 11,
  Unimplemented = 12,
}

let last: Status = Status.Ok;

/**
 * The Status of the latest host call that returned a value instead of a Status.
 *
 *     const bytes = propertyBytes('request.id');
 *     if (bytes === null) log.debug(statusText(lastStatus()));
 */
export function lastStatus(): Status {
  return last;
}

/** Remembers a Status for `lastStatus()`; true when it is Ok. For use inside the SDK. */
export function succeeded(status: Status): bool {
  last = status;
  return status == Status.Ok;
}

/**
 * A Status in words, for log lines.
 *
 *     log.warn(statusText(queue.push('entry')));
 */
export function statusText(status: Status): string {
  switch (status) {
    case Status.Ok:
      return 'ok';
    case Status.NotFound:
      return 'not found';
    case Status.BadArgument:
      return 'bad argument, or not available in this phase';
    case Status.SerializationFailure:
      return 'serialization failure';
    case Status.ParseFailure:
      return 'parse failure';
    case Status.BadExpression:
      return 'bad expression';
    case Status.InvalidMemoryAccess:
      return 'invalid memory access';
    case Status.Empty:
      return 'empty';
    case Status.CasMismatch:
      return 'compare-and-swap mismatch';
    case Status.ResultMismatch:
      return 'result mismatch';
    case Status.InternalFailure:
      return 'internal failure, or not permitted';
    case Status.BrokenConnection:
      return 'broken connection';
    case Status.Unimplemented:
      return 'not implemented by this host';
    default:
      return 'unknown status';
  }
}
