import { BodyAction } from './actions';
import { Headers } from './headers';

/**
 * Collects a body up to a limit, so that it can be read and replaced as a whole.
 *
 *     private collector: BodyCollector = new BodyCollector(1 << 20);
 *
 *     onResponseHeaders(endOfStream: bool): HeadersAction {
 *       this.collector.begin(this.response.headers);
 *       return HeadersAction.Continue;
 *     }
 *     onResponseBody(size: i32, endOfStream: bool): BodyAction {
 *       if (!this.collector.collect(size, endOfStream)) return this.collector.action;
 *       this.response.body.setText(changed);
 *       return BodyAction.Continue;
 *     }
 *
 * A body over the limit, or one that is compressed, passes as it is: `gaveUp` tells.
 */
export class BodyCollector {
  /** The body passes unread. */
  gaveUp: bool = false;

  /** `limit` in bytes. The proxy has its own (1 MiB in Envoy unless it is told otherwise), over which it answers 413 or 500. */
  constructor(private limit: i32) {}

  /** To be called in the headers callback. Takes `content-length` away: once the headers are sent on it cannot be corrected. */
  begin(headers: Headers): void {
    const length = headers.get('content-length');
    if (headers.has('content-encoding') || (length !== null && isOver(length, this.limit)))
      this.gaveUp = true;
    else if (length !== null) headers.remove('content-length');
  }

  /** To be called in the body callback: true once the whole body is at hand. Until then, return `action`. */
  collect(size: i32, endOfStream: bool): bool {
    if (size > this.limit) this.gaveUp = true;
    return endOfStream && !this.gaveUp;
  }

  /** What the body callback returns while the body is not complete. */
  get action(): BodyAction {
    return this.gaveUp ? BodyAction.Continue : BodyAction.Buffer;
  }
}

/** Whether a numeral stands for more than a limit. What is none counts as more. */
function isOver(numeral: string, limit: i32): bool {
  let value: i64 = 0;
  for (let i = 0; i < numeral.length; i++) {
    const digit = numeral.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9 || value > limit) return true;
    value = value * 10 + digit;
  }
  return value > limit;
}
