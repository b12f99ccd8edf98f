import {
  GrpcStatus,
  type GrpcCall,
  type GrpcCaller,
  type GrpcEvents,
  type GrpcRequest,
} from '../ports/grpc.ts';
import type { HostClock } from '../ports/ports.ts';
import { headerMap, type TestHeaders } from './messages.ts';
import type { Pending } from './pending.ts';

/**
 * A gRPC callout that a filter makes. The test is the server: it reads what was sent, and answers by the methods, at once or
 * later. A unary call wants `reply` or `fail`.
 */
export class TestGrpcCall implements GrpcCall {
  readonly request: GrpcRequest;
  /** The messages that the filter sent; of a unary call its request. */
  readonly sent: Uint8Array[] = [];
  /** The filter has ended its side. */
  ended = false;
  /** The filter has cancelled the call: what is answered goes nowhere. */
  cancelled = false;
  #closed = false;
  readonly #events: GrpcEvents;

  constructor(request: GrpcRequest, events: GrpcEvents) {
    this.request = request;
    this.#events = events;
    if (request.message !== undefined) {
      this.sent.push(request.message);
      this.ended = true;
    }
  }

  /** True for a stream, false for a unary call. */
  get isStream(): boolean {
    return this.request.message === undefined;
  }

  /** True once nothing can be answered any more. */
  get over(): boolean {
    return this.#closed || this.cancelled;
  }

  /** Answers a unary call. */
  reply(message: Uint8Array | string): void {
    this.message(message);
    this.close();
  }

  /** Ends the call with a status that is not 0. */
  fail(status: number, message = ''): void {
    this.close(status, message);
  }

  initialMetadata(metadata: TestHeaders): void {
    if (!this.over) this.#events.onInitialMetadata(headerMap('response', {}, metadata).flat);
  }

  message(message: Uint8Array | string): void {
    if (!this.over) this.#events.onMessage(typeof message === 'string' ? Buffer.from(message) : message);
  }

  trailingMetadata(metadata: TestHeaders): void {
    if (!this.over) this.#events.onTrailingMetadata(headerMap('trailers', {}, metadata).flat);
  }

  close(status: number = GrpcStatus.Ok, message = ''): void {
    if (this.over) return;
    this.#closed = true;
    this.#events.onClose(status, message);
  }

  /** For the host. */
  send(message: Uint8Array, end: boolean): void {
    this.sent.push(message);
    if (end) this.ended = true;
  }

  /** For the host. */
  end(): void {
    this.ended = true;
  }

  /** For the host. */
  cancel(): void {
    this.cancelled = true;
  }
}

/** The clusters that speak gRPC; each is told of a call when it has begun. */
export type TestGrpcClusters = Readonly<Record<string, (call: TestGrpcCall) => void | Promise<void>>>;

/** gRPC callouts that a test answers. */
export class GrpcCallouts implements GrpcCaller {
  readonly calls: TestGrpcCall[] = [];
  readonly #clusters: TestGrpcClusters;
  readonly #clock: HostClock;
  readonly #pending: Pending;

  constructor(clusters: TestGrpcClusters, clock: HostClock, pending: Pending) {
    this.#clusters = clusters;
    this.#clock = clock;
    this.#pending = pending;
  }

  start(request: GrpcRequest, events: GrpcEvents): GrpcCall | undefined {
    const serve = Object.hasOwn(this.#clusters, request.cluster)
      ? this.#clusters[request.cluster]
      : undefined;
    if (serve === undefined) return undefined;
    const call = new TestGrpcCall(request, events);
    this.calls.push(call);
    this.#pending.soon(() => serve(call));
    if (request.timeoutMs > 0) {
      this.#clock.after(request.timeoutMs, () => call.fail(GrpcStatus.DeadlineExceeded));
    }
    return call;
  }
}
