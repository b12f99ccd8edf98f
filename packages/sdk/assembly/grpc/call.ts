import { leave } from '../abi/contexts';
import { proxy_grpc_call } from '../abi/env';
import { outPointer } from '../abi/memory';
import { encodePairs } from '../abi/pairs';
import { encodeUtf8 } from '../abi/utf8';
import { Header } from '../headers';
import { Status } from '../status';
import { GrpcCallout } from './callout';

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
