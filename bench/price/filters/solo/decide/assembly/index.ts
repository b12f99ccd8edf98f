export * from '@solo-io/proxy-runtime/proxy';
import {
  Context,
  FilterHeadersStatusValues,
  RootContext,
  registerRootContext,
  send_local_response,
  stream_context,
  GrpcStatusValues,
} from '@solo-io/proxy-runtime';

class DecideRoot extends RootContext {
  createContext(context_id: u32): Context {
    return new Decide(context_id, this);
  }
}

class Decide extends Context {
  onRequestHeaders(a: u32, end_of_stream: bool): FilterHeadersStatusValues {
    const user = stream_context.headers.request.get('x-user');
    const plan = stream_context.headers.request.get('x-plan');
    const path = stream_context.headers.request.get(':path');
    if (user.length > 0 && (plan == 'paid' || !path.startsWith('/premium')))
      return FilterHeadersStatusValues.Continue;
    send_local_response(403, '', new ArrayBuffer(0), [], GrpcStatusValues.Ok);
    return FilterHeadersStatusValues.StopIteration;
  }
}

registerRootContext((context_id: u32) => new DecideRoot(context_id), 'decide');
