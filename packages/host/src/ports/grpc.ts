/** gRPC status codes that this host gives itself (https://grpc.io/docs/guides/status-codes). */
export const GrpcStatus = { Ok: 0, DeadlineExceeded: 4, Internal: 13, Unavailable: 14 } as const;

/** A gRPC callout of a filter. Metadata names are lower-case; its strings are byte strings. */
export interface GrpcRequest {
  /** The name of the upstream cluster, or the target URI of a `google_grpc` service. */
  readonly cluster: string;
  /** `package.Service` */
  readonly service: string;
  readonly method: string;
  /** `[name, value, …]` */
  readonly metadata: readonly string[];
  /** The request of a unary call; `undefined`: a stream, whose messages are sent. */
  readonly message: Uint8Array | undefined;
  /** Milliseconds for a unary call, 0: no limit. Streams have none. */
  readonly timeoutMs: number;
}

/** What comes back. A unary call tells its message and then its status; `onClose` is the last in any case. */
export interface GrpcEvents {
  onInitialMetadata(metadata: readonly string[]): void;
  onMessage(message: Uint8Array): void;
  onTrailingMetadata(metadata: readonly string[]): void;
  /** `message` is text. */
  onClose(status: number, message: string): void;
}

/** A callout that has begun. */
export interface GrpcCall {
  /** Sends a message of a stream; `end`: it was the last. */
  send(message: Uint8Array, end: boolean): void;
  /** Ends our side of a stream. */
  end(): void;
  /** Breaks it off; no event follows. */
  cancel(): void;
}

/** Makes gRPC callouts. */
export interface GrpcCaller {
  /** Starts one; `undefined` when there is no such cluster. No event comes before it has returned. */
  start(request: GrpcRequest, events: GrpcEvents): GrpcCall | undefined;
}
