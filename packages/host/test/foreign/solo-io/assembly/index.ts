export * from '@solo-io/proxy-runtime/proxy';
import {
  Context,
  Counter,
  FilterDataStatusValues,
  FilterHeadersStatusValues,
  log,
  LogLevelValues,
  registerRootContext,
  RootContext,
  stream_context,
} from '@solo-io/proxy-runtime';

class Root extends RootContext {
  hits: Counter = new Counter('solo_hits');

  createContext(id: u32): Context {
    return new Stream(id, this);
  }
}

class Stream extends Context {
  constructor(id: u32, root: Root) {
    super(id, root);
  }

  onRequestHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    (this.root_context as Root).hits.increment(1);
    log(LogLevelValues.warn, 'path ' + stream_context.headers.request.get(':path'));
    stream_context.headers.request.add('x-solo', this.root_context.getConfiguration());
    stream_context.headers.request.replace('x-in', 'replaced');
    return FilterHeadersStatusValues.Continue;
  }

  onResponseHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    const all = stream_context.headers.response.get_headers();
    log(LogLevelValues.warn, 'fields ' + all.length.toString());
    stream_context.headers.response.remove('x-up');
    return FilterHeadersStatusValues.Continue;
  }

  onRequestBody(size: usize, end: bool): FilterDataStatusValues {
    log(LogLevelValues.warn, 'body ' + size.toString());
    return FilterDataStatusValues.Continue;
  }
}

registerRootContext((id: u32) => new Root(id), 'root');
