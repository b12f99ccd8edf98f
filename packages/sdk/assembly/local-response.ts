import { proxy_send_local_response } from './abi/env';
import { encodePairs } from './abi/pairs';
import { encodeUtf8 } from './abi/utf8';
import { Header } from './headers';
import { Status } from './status';

/**
 * An answer that the filter gives itself, instead of the upstream.
 *
 *     new LocalResponse(401).json('{"error":"who are you?"}').details('no_key').send();
 *     return HeadersAction.Pause;
 */
export class LocalResponse {
  private headers: Header[] = [];
  private content: ArrayBuffer = new ArrayBuffer(0);
  private reason: string = '';
  private grpc: i32 = -1;

  /** `status`: the HTTP status code. Nothing is sent before `send()`. */
  constructor(private status: i32) {}

  /** Adds a header line. */
  header(name: string, value: string): this {
    this.headers.push(new Header(name, value));
    return this;
  }

  /** The body, as UTF-8. */
  body(text: string): this {
    return this.bodyBytes(encodeUtf8(text));
  }

  /** The body as it is. */
  bodyBytes(bytes: ArrayBuffer): this {
    this.content = bytes;
    return this;
  }

  /** A body that is JSON already, with its content-type. */
  json(text: string): this {
    return this.header('content-type', 'application/json').body(text);
  }

  /** Words for the access log (`%RESPONSE_CODE_DETAILS%`); Envoy turns spaces into `_`. */
  details(words: string): this {
    this.reason = words;
    return this;
  }

  /** The status for gRPC clients, 0 to 16; without it Envoy derives one from the status code. */
  grpcStatus(status: i32): this {
    this.grpc = status;
    return this;
  }

  /** Sends it. The callback should then return Pause. The answer passes through the response callbacks of this chain. */
  send(): Status {
    const details = encodeUtf8(this.reason);
    const body = this.content;
    const headers = encodePairs(this.headers);
    return proxy_send_local_response(
      this.status,
      changetype<usize>(details),
      details.byteLength,
      changetype<usize>(body),
      body.byteLength,
      changetype<usize>(headers),
      headers.byteLength,
      this.grpc,
    );
  }
}
