import { BufferType } from './abi/buffers';
import { addTo, findIn, removeFrom } from './abi/chains';
import { comeBack, enter, isAlive, leave } from './abi/contexts';
import { proxy_get_status, proxy_http_call, proxy_set_effective_context } from './abi/env';
import { outLength, outPointer, outThird, takeBytes } from './abi/memory';
import { encodePairs } from './abi/pairs';
import { encodeUtf8, readUtf8 } from './abi/utf8';
import { Body, bodyOf } from './body';
import { Header, HeaderMap, Headers, headersOf } from './headers';
import { statusOf } from './messages';
import { Status, succeeded } from './status';

/** What a callout was answered with. Only in `onResponse`. */
@unmanaged
export class CallResponse {
  /** The headers of the answer, `:status` among them. */
  get headers(): Headers {
    return headersOf(HeaderMap.HttpCallResponse);
  }
  /** The trailers of the answer; most have none. */
  get trailers(): Headers {
    return headersOf(HeaderMap.HttpCallResponseTrailers);
  }
  /** The whole body of the answer. */
  get body(): Body {
    return bodyOf(BufferType.HttpCallResponseBody);
  }
  /** The status code. An upstream that is down or too slow is answered by Envoy itself, with 503 or 504. */
  get status(): i32 {
    return statusOf(this.headers);
  }
}

const response: CallResponse = changetype<CallResponse>(1);

const SLOTS = 256;
const slots = memory.data(1024);

function slotOf(token: i32): usize {
  // Envoy counts its tokens in steps of four.
  return slots + ((<usize>((token >> 2) & (SLOTS - 1))) << 2);
}

/**
 * An HTTP request of the filter's own, and what happens with its answer. Extend it: there are no closures, so what the answer is
 * needed for are fields.
 *
 *     class Ask extends HttpCall {
 *       constructor(private stream: ExtAuth) {
 *         super('auth-cluster');
 *       }
 *       onResponse(response: CallResponse): void {
 *         if (response.status == 200) this.stream.resumeRequest();
 *         else new LocalResponse(403).send();
 *       }
 *     }
 *
 *     const asked = new Ask(this).path('/check').header('x-user', user).send();
 *     return asked == Status.Ok ? HeadersAction.Pause : HeadersAction.Continue;
 *
 * The answer is handled in the context that sent the request. When its stream is over by then, it is dropped.
 */
export abstract class HttpCall {
  // As in a context: first, for the chain that this is put into.
  /** The host's number of the call, once it was sent. */
  id: i32 = 0;
  /** For the SDK. */
  __next: usize = 0;

  private context: i32 = 0;
  private lines: Header[] = [];
  private bytes: ArrayBuffer = new ArrayBuffer(0);
  private limit: u32 = 1000;

  /** `cluster`: the name of one of the proxy's clusters; in Istio `outbound|80||auth.shop.svc.cluster.local`. */
  constructor(private cluster: string) {
    this.lines.push(new Header(':method', 'GET'));
    this.lines.push(new Header(':path', '/'));
    this.lines.push(new Header(':authority', cluster));
  }

  /** Default: GET. */
  method(name: string): this {
    this.lines[0].value = name;
    return this;
  }
  /** Path and query. Default: `/`. */
  path(path: string): this {
    this.lines[1].value = path;
    return this;
  }
  /** The host that is asked for. Default: the name of the cluster. */
  authority(host: string): this {
    this.lines[2].value = host;
    return this;
  }
  /** Adds a header line. */
  header(name: string, value: string): this {
    this.lines.push(new Header(name, value));
    return this;
  }
  /** The body, as UTF-8. */
  body(text: string): this {
    return this.bodyBytes(encodeUtf8(text));
  }
  /** The body. */
  bodyBytes(bytes: ArrayBuffer): this {
    this.bytes = bytes;
    return this;
  }
  /** After so many milliseconds Envoy answers 504 itself; 0 means never. Default: 1000. */
  timeout(milliseconds: u32): this {
    this.limit = milliseconds;
    return this;
  }

  /** Sends it. When this is not Ok nothing was sent and nothing will be called: `BadArgument` means that there is no such cluster. */
  send(): Status {
    const cluster = encodeUtf8(this.cluster);
    const headers = encodePairs(this.lines);
    const trailers = encodePairs([]);
    const context = leave();
    const status = proxy_http_call(
      changetype<usize>(cluster),
      cluster.byteLength,
      changetype<usize>(headers),
      headers.byteLength,
      changetype<usize>(this.bytes),
      this.bytes.byteLength,
      changetype<usize>(trailers),
      trailers.byteLength,
      this.limit,
      outPointer(),
    );
    comeBack(context);
    if (status == Status.Ok) {
      const token = load<i32>(outPointer());
      this.context = context;
      addTo(slotOf(token), token, changetype<usize>(this));
    }
    return status;
  }

  /** The answer is there. */
  abstract onResponse(response: CallResponse): void;

  /** There is no answer: the connection broke. `reason` is Envoy's word for it. */
  onFailure(reason: string): void {}

  /** For the SDK: hands the answer over. */
  static __arrived(token: i32, headers: i32): void {
    const slot = slotOf(token);
    const found = findIn(slot, token);
    if (found == 0) return;
    const call = changetype<HttpCall>(found);
    removeFrom(slot, token);
    if (!isAlive(call.context)) return;
    enter(call.context);
    proxy_set_effective_context(call.context);
    if (headers > 0) call.onResponse(response);
    else call.onFailure(failure());
  }
}

/** Envoy's words for what went wrong. */
function failure(): string {
  if (!succeeded(proxy_get_status(outThird(), outPointer(), outLength()))) return '';
  const bytes = takeBytes();
  return readUtf8(changetype<usize>(bytes), bytes.byteLength);
}
