import { BufferType, readBuffer } from './abi/buffers';
import { addTo, findIn, nextIn, removeFrom } from './abi/chains';
import { comeBack, enter, isAlive, leave } from './abi/contexts';
import {
  proxy_get_status,
  proxy_grpc_call,
  proxy_grpc_cancel,
  proxy_grpc_close,
  proxy_grpc_send,
  proxy_grpc_stream,
  proxy_set_effective_context,
} from './abi/env';
import { outLength, outPointer, outThird, takeBytes } from './abi/memory';
import { encodePairs } from './abi/pairs';
import { encodeUtf8, readUtf8 } from './abi/utf8';
import { Header, HeaderMap, Headers, headersOf } from './headers';
import { Status } from './status';

// One chain: a filter has few of them open at a time.
const open = memory.data(4);

/** What a call and a stream have in common. Write callouts with `GrpcCall` and `GrpcStream`. */
export abstract class GrpcCallout {
  // As in a context: first, for the chain that this is put into.
  /** The host's number, once it was started. */
  id: i32 = 0;
  /** For the SDK. */
  __next: usize = 0;

  protected context: i32 = 0;
  protected lines: Header[] = [];

  /** `cluster`: one of the proxy's clusters. `service`: with its package, as `envoy.service.auth.v3.Authorization`. */
  constructor(
    protected cluster: string,
    protected service: string,
    protected method: string,
  ) {}

  /** It is over. `status` is gRPC's (0 is success), `message` what the server said about it; Envoy adds `{via_upstream}`. */
  onClose(status: i32, message: string): void {}

  /** Breaks it off; nothing more is called. */
  cancel(): Status {
    removeFrom(open, this.id);
    return proxy_grpc_cancel(this.id);
  }

  /** For the SDK: notes that the host has started it. */
  protected __started(context: i32, status: Status): Status {
    comeBack(context);
    if (status == Status.Ok) {
      const token = load<i32>(outPointer());
      this.context = context;
      addTo(open, token, changetype<usize>(this));
      streamEnded = cancelAll;
    }
    return status;
  }

  __message(bytes: ArrayBuffer): void {}
  __metadata(trailing: bool): void {}

  /** For the SDK: the callout of a token in its context, or null. */
  static __find(token: i32): GrpcCallout | null {
    const found = findIn(open, token);
    if (found == 0) return null;
    const callout = changetype<GrpcCallout>(found);
    if (!isAlive(callout.context)) return null;
    enter(callout.context);
    proxy_set_effective_context(callout.context);
    return callout;
  }

  /** For the SDK: forgets a callout. */
  static __forget(token: i32): void {
    removeFrom(open, token);
  }

  /** For the SDK: whom it belongs to. */
  get __context(): i32 {
    return this.context;
  }
}

/** Set once a callout was started, so that filters without any carry none of this. */
let streamEnded: ((context: i32) => void) | null = null;

/** To be called when a context is deleted. */
export function cancelGrpcOf(context: i32): void {
  const cancel = streamEnded;
  if (cancel !== null) cancel(context);
}

function cancelAll(context: i32): void {
  let at = load<usize>(open);
  while (at != 0) {
    const callout = changetype<GrpcCallout>(at);
    at = nextIn(at);
    if (callout.__context == context) callout.cancel();
  }
}

/**
 * A gRPC call with one message each way. Messages are Protobuf bytes.
 *
 *     class Check extends GrpcCall {
 *       constructor(private stream: Auth) {
 *         super('auth-cluster', 'shop.Auth', 'Check');
 *       }
 *       onResponse(message: ArrayBuffer): void { this.stream.resumeRequest(); }
 *       onClose(status: i32, message: string): void { new LocalResponse(503).send(); }
 *     }
 *     new Check(this).send(bytes);
 *
 * It ends with `onResponse` or, when it failed, with `onClose`; with neither when its stream has ended before.
 */
export abstract class GrpcCall extends GrpcCallout {
  private limit: u32 = 1000;

  /** After so many milliseconds it fails; 0 means never. Default: 1000. */
  timeout(milliseconds: u32): this {
    this.limit = milliseconds;
    return this;
  }

  /** Adds metadata that is sent first. */
  metadata(name: string, value: string): this {
    this.lines.push(new Header(name, value));
    return this;
  }

  /** Sends it. When this is not Ok nothing was sent: `ParseFailure` means that there is no such cluster. */
  send(message: ArrayBuffer): Status {
    const cluster = encodeUtf8(this.cluster);
    const service = encodeUtf8(this.service);
    const method = encodeUtf8(this.method);
    const metadata = encodePairs(this.lines);
    return this.__started(
      leave(),
      proxy_grpc_call(
        changetype<usize>(cluster),
        cluster.byteLength,
        changetype<usize>(service),
        service.byteLength,
        changetype<usize>(method),
        method.byteLength,
        changetype<usize>(metadata),
        metadata.byteLength,
        changetype<usize>(message),
        message.byteLength,
        this.limit,
        outPointer(),
      ),
    );
  }

  /** The answer. */
  abstract onResponse(message: ArrayBuffer): void;

  __message(bytes: ArrayBuffer): void {
    GrpcCallout.__forget(this.id);
    this.onResponse(bytes);
  }
}

/**
 * A gRPC stream, with any number of messages each way.
 *
 *     const feed = new Feed('feed-cluster', 'shop.Feed', 'Watch');
 *     if (feed.start() == Status.Ok) feed.write(bytes);
 *
 * One that a stream of the proxy started is cancelled when that stream ends; one of a plugin stays.
 */
export abstract class GrpcStream extends GrpcCallout {
  /** Adds metadata that is sent first. */
  metadata(name: string, value: string): this {
    this.lines.push(new Header(name, value));
    return this;
  }

  /** Opens it. `ParseFailure` means that there is no such cluster. */
  start(): Status {
    const cluster = encodeUtf8(this.cluster);
    const service = encodeUtf8(this.service);
    const method = encodeUtf8(this.method);
    const metadata = encodePairs(this.lines);
    return this.__started(
      leave(),
      proxy_grpc_stream(
        changetype<usize>(cluster),
        cluster.byteLength,
        changetype<usize>(service),
        service.byteLength,
        changetype<usize>(method),
        method.byteLength,
        changetype<usize>(metadata),
        metadata.byteLength,
        outPointer(),
      ),
    );
  }

  /** Sends a message; with `last` it is our last. */
  write(message: ArrayBuffer, last: bool = false): Status {
    const context = leave();
    const status = proxy_grpc_send(this.id, changetype<usize>(message), message.byteLength, i32(last));
    comeBack(context);
    return status;
  }

  /** Ends our side; the server may still send. */
  close(): Status {
    return proxy_grpc_close(this.id);
  }

  /** The server's first metadata; only in this callback. */
  onInitialMetadata(metadata: Headers): void {}
  /** A message of the server. */
  abstract onMessage(message: ArrayBuffer): void;
  /** The server's last metadata; only in this callback. */
  onTrailingMetadata(metadata: Headers): void {}

  __message(bytes: ArrayBuffer): void {
    this.onMessage(bytes);
  }
  __metadata(trailing: bool): void {
    if (trailing) this.onTrailingMetadata(headersOf(HeaderMap.GrpcTrailingMetadata));
    else this.onInitialMetadata(headersOf(HeaderMap.GrpcInitialMetadata));
  }
}

/** The message that has just come. */
export function takeGrpcMessage(): ArrayBuffer {
  const bytes = readBuffer(BufferType.GrpcMessage, 0, u32.MAX_VALUE);
  return bytes === null ? new ArrayBuffer(0) : bytes;
}

/** What the server said when it closed. */
export function grpcCloseMessage(): string {
  if (proxy_get_status(outThird(), outPointer(), outLength()) != Status.Ok) return '';
  const bytes = takeBytes();
  return readUtf8(changetype<usize>(bytes), bytes.byteLength);
}
