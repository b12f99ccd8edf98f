import { HeadersAction, HttpFilter, Plugin, registerPlugin } from '@wasmcast/sdk/assembly';

/** The filter as it is configured: `{"greeting": "hello"}`. One object per proxy thread, which serves every request. */
class MyPlugin extends Plugin {
  greeting: string = '';

  onConfigure(): bool {
    const config = this.configuration.settings();
    this.greeting = config.textOr('greeting', 'hello');
    // What is refused here never goes live; the proxy's log says every reason.
    return config.accept();
  }

  createFilter(): HttpFilter {
    return new MyFilter(this);
  }
}

/** One request and its response. The proxy only calls what is overridden here. */
class MyFilter extends HttpFilter {
  constructor(private plugin: MyPlugin) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    this.request.headers.set('x-seen-by', '{{name}}');
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.response.headers.set('x-greeting', this.plugin.greeting);
    return HeadersAction.Continue;
  }
}

registerPlugin(() => new MyPlugin());
