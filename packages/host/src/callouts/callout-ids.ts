/** What a callout's id is of. */
export type CalloutKind = 'http' | 'grpc-call' | 'grpc-stream';

/** The ids of a VM's callouts: they count in fours, the kind in the low bits (cpp-host include/proxy-wasm/wasm.h). */
export class CalloutIds {
  readonly #last = { http: 0, 'grpc-call': 1, 'grpc-stream': 2 };

  next(kind: CalloutKind): number {
    this.#last[kind] = (this.#last[kind] + 4) >>> 0;
    return this.#last[kind];
  }

  /** Takes the last one back: Envoy had looked before it took one. */
  giveBack(kind: CalloutKind): void {
    this.#last[kind] -= 4;
  }
}

/** The kind of an id that is of a gRPC callout. */
export function grpcKindOf(id: number): 'grpc-call' | 'grpc-stream' | undefined {
  return id % 4 === 1 ? 'grpc-call' : id % 4 === 2 ? 'grpc-stream' : undefined;
}
