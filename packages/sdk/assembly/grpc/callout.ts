import { addTo, findIn, nextIn, removeFrom } from '../abi/chains';
import { comeBack, enter, isAlive } from '../abi/contexts';
import { proxy_grpc_cancel, proxy_set_effective_context } from '../abi/env';
import { outPointer } from '../abi/memory';
import { Header } from '../headers';
import { Status } from '../status';

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
