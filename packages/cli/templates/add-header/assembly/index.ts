import { HeadersAction, HttpFilter, Plugin, log, registerPlugin } from '@wasmcast/sdk/assembly';

/** The filter as it is configured: `{"greeting": "hello"}`. One object per proxy thread, which serves every request. */
class MyPlugin extends Plugin {
  greeting: string = '';

  onConfigure(): bool {
    const config = this.configuration.json();
    this.greeting = config.get('greeting').string('hello');
    // What is refused here never goes live: say in the log what is wrong with it.
    if (!config.isValid) log.error('{{name}}: the configuration is not JSON: ' + config.error);
    return config.isValid;
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
