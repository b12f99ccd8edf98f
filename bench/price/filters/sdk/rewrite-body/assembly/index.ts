import {
  BodyAction,
  BodyCollector,
  HeadersAction,
  HttpFilter,
  Plugin,
  registerPlugin,
} from '@wasmcast/sdk/assembly';

class RewriteBodyPlugin extends Plugin {
  createFilter(): HttpFilter {
    return new RewriteBody();
  }
}

class RewriteBody extends HttpFilter {
  private collector: BodyCollector = new BodyCollector(1 << 20);

  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.collector.begin(this.response.headers);
    return HeadersAction.Continue;
  }

  onResponseBody(size: i32, endOfStream: bool): BodyAction {
    if (!this.collector.collect(size, endOfStream)) return this.collector.action;
    this.response.body.replaceAll('secret', '******');
    return BodyAction.Continue;
  }
}

registerPlugin(() => new RewriteBodyPlugin());
