import { Status } from '../abi/status.ts';
import { BodyBuffer } from '../body/body-buffer.ts';
import type { RootContext } from '../context/root-context.ts';
import { HeaderMap } from '../headers/header-map.ts';
import { GrpcStatus, type GrpcCall, type GrpcEvents, type GrpcRequest } from '../ports/grpc.ts';
import { grpcKindOf } from './callout-ids.ts';
import { grpcUpstream } from './grpc-service.ts';
import { maxCallouts } from './http-callouts.ts';
import { pairsOf } from './pairs-of.ts';

/** A gRPC callout under way. */
interface Running {
  readonly kind: 'grpc-call' | 'grpc-stream';
  call: GrpcCall | undefined;
  /** Of a stream: which sides have ended it. It is forgotten when both have. */
  localClosed: boolean;
  remoteClosed: boolean;
  /** Of a unary call: the response, until the status comes. */
  message: Uint8Array | undefined;
}

/** What a filter says when it starts one. `message` and `timeoutMs` are of unary calls. */
export type GrpcStart = Omit<GrpcRequest, 'cluster' | 'metadata'> & {
  readonly upstream: Uint8Array;
  readonly metadata: readonly string[];
};

/** The gRPC callouts of a plugin (envoy context.cc grpcCall, grpcStream, grpcSend, grpcClose, grpcCancel, onGrpc…). */
export class GrpcCallouts {
  readonly #root: RootContext;
  readonly #running = new Map<number, Running>();
  /** Set while their callbacks run. */
  initialMetadata: HeaderMap | undefined;
  trailingMetadata: HeaderMap | undefined;
  /** A filter may change it, of which nobody hears. */
  message: BodyBuffer | undefined;

  constructor(root: RootContext) {
    this.#root = root;
  }

  /** Starts a callout; its id, or why not. */
  start(kind: Running['kind'], given: GrpcStart): { readonly token: number } | Status {
    const { vm } = this.#root;
    const upstream = grpcUpstream(given.upstream);
    if (upstream === undefined) {
      vm.quirk('grpc-service-without-target', `${given.service}/${given.method}`);
      return Status.BadArgument;
    }
    if (this.#running.size >= maxCallouts || this.#root.gone) return Status.InternalFailure;
    const token = vm.calloutIds.next(kind);
    const running: Running = {
      kind,
      call: undefined,
      localClosed: false,
      remoteClosed: false,
      message: undefined,
    };
    const { upstream: _, ...rest } = given;
    const request: GrpcRequest = {
      ...rest,
      cluster: upstream.cluster,
      metadata: HeaderMap.from('request', pairsOf(given.metadata)).flat,
    };
    running.call = this.#root.ports.grpc?.start(request, this.#events(token, running));
    if (running.call !== undefined) {
      this.#running.set(token, running);
      return { token };
    }
    vm.log('warn', `there is no cluster ${JSON.stringify(upstream.cluster)} for gRPC callouts`, 'host');
    if (!upstream.described) {
      vm.calloutIds.giveBack(kind);
      return Status.ParseFailure;
    }
    // A described service is not looked up first: the call begins, and fails at once (async_client_impl.cc initialize).
    vm.whenIdle(() => this.#close(token, GrpcStatus.Unavailable, 'Cluster not available'));
    return Status.InternalFailure;
  }

  /** `proxy_grpc_send` */
  send(token: number, message: Uint8Array, end: boolean): Status {
    if (grpcKindOf(token) !== 'grpc-stream') return Status.BadArgument;
    const running = this.#running.get(token);
    if (running === undefined) return Status.NotFound;
    if (!running.remoteClosed) running.call?.send(message, end);
    return Status.Ok;
  }

  /** `proxy_grpc_close`: ends our side of a stream; of a unary call there is none, it is cancelled. */
  close(token: number): Status {
    const kind = grpcKindOf(token);
    if (kind === undefined) return Status.BadArgument;
    const running = this.#running.get(token);
    if (running === undefined) return Status.NotFound;
    if (kind === 'grpc-call') return this.cancel(token);
    if (!running.remoteClosed && !running.localClosed) running.call?.end();
    running.localClosed = true;
    if (running.remoteClosed) this.#running.delete(token);
    return Status.Ok;
  }

  /** `proxy_grpc_cancel`: nothing is heard of it any more. */
  cancel(token: number): Status {
    if (grpcKindOf(token) === undefined) return Status.BadArgument;
    const running = this.#running.get(token);
    if (running === undefined) return Status.NotFound;
    this.#running.delete(token);
    if (!running.remoteClosed) running.call?.cancel();
    return Status.Ok;
  }

  /** Cancels all of them; the module hears nothing more. */
  cancelAll(): void {
    for (const token of this.#running.keys()) this.cancel(token);
  }

  /** What the port tells reaches the module when that is not in a call, and only while it wants to hear of it. */
  #events(token: number, running: Running): GrpcEvents {
    const later = (action: () => void): void =>
      this.#root.vm.whenIdle(() => {
        if (this.#running.get(token) === running && !running.remoteClosed) action();
      });
    if (running.kind === 'grpc-call') {
      return {
        onInitialMetadata: () => undefined,
        onMessage: (message) => later(() => void (running.message = message)),
        onTrailingMetadata: () => undefined,
        onClose: (status, text) => later(() => this.#unaryDone(token, running, status, text)),
      };
    }
    return {
      onInitialMetadata: (metadata) => later(() => this.#initial(token, metadata)),
      onMessage: (message) => later(() => this.#receive(token, message)),
      onTrailingMetadata: (metadata) => later(() => this.#trailing(token, metadata)),
      onClose: (status, text) =>
        later(() => {
          running.remoteClosed = true;
          this.#close(token, status, text);
        }),
    };
  }

  /** A unary call ends in one callback: the response, or the status of its failure (async_client_impl.cc onRemoteClose). */
  #unaryDone(token: number, running: Running, status: number, text: string): void {
    running.remoteClosed = true;
    if (status === GrpcStatus.Ok && running.message !== undefined) this.#receive(token, running.message);
    else this.#close(token, status === GrpcStatus.Ok ? GrpcStatus.Internal : status, text);
  }

  #initial(token: number, metadata: readonly string[]): void {
    this.initialMetadata = HeaderMap.from('response', pairsOf(metadata));
    this.#root.notify('on_grpc_receive_initial_metadata', token, this.initialMetadata.size);
    this.initialMetadata = undefined;
  }

  #trailing(token: number, metadata: readonly string[]): void {
    this.trailingMetadata = HeaderMap.from('trailers', pairsOf(metadata));
    this.#root.notify('on_grpc_receive_trailing_metadata', token, this.trailingMetadata.size);
    this.trailingMetadata = undefined;
  }

  #receive(token: number, message: Uint8Array): void {
    const { vm } = this.#root;
    this.message = BodyBuffer.of(message);
    vm.defer(() => {
      this.message = undefined;
      if (grpcKindOf(token) === 'grpc-call') this.#running.delete(token);
    });
    this.#root.notify('on_grpc_receive', token, message.length);
  }

  #close(token: number, status: number, text: string): void {
    const root = this.#root;
    // Without the callback Envoy does not set the status either.
    if (root.vm.guest.on_grpc_close !== undefined)
      root.status = { code: status >>> 0, message: Buffer.from(text, 'utf8').toString('latin1') };
    root.vm.defer(() => {
      root.status = { ...root.status, message: '' };
      const running = this.#running.get(token);
      if (running?.kind === 'grpc-call' || running?.localClosed === true) this.#running.delete(token);
    });
    root.notify('on_grpc_close', token, status);
  }
}
