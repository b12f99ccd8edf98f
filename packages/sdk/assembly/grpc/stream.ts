import { comeBack, leave } from '../abi/contexts';
import { proxy_grpc_close, proxy_grpc_send, proxy_grpc_stream } from '../abi/env';
import { outPointer } from '../abi/memory';
import { encodePairs } from '../abi/pairs';
import { encodeUtf8 } from '../abi/utf8';
import { Header, HeaderMap, Headers, headersOf } from '../headers';
import { Status } from '../status';
import { GrpcCallout } from './callout';

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
