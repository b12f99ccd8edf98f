import { HeadersAction, HttpFilter, Plugin, log, registerPlugin } from '@wasmcast/sdk/assembly';

/** The filter as it is configured: `{"header": "x-greeting", "value": "hello"}`. */
class AddHeaderPlugin extends Plugin {
  header: string = '';
  value: string = '';

  onConfigure(): bool {
    const config = this.configuration.json();
    this.header = config.get('header').string();
    this.value = config.get('value').string();
    if (!config.isValid) {
      log.error('add-header: the configuration is not JSON: ' + config.error);
    } else if (this.header.length == 0) {
      log.error('add-header: the configuration must name a "header"');
    }
    return this.header.length > 0;
  }

  createFilter(): HttpFilter {
    return new AddHeader(this);
  }
}

/** One request and its response. */
class AddHeader extends HttpFilter {
  constructor(private plugin: AddHeaderPlugin) {
    super();
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    const headers = this.response.headers;
    headers.set(this.plugin.header, this.plugin.value);
    // Each filter of a chain puts its name here, so that the order in which they ran can be read from the response.
    const chain = headers.get('x-chain');
    headers.set('x-chain', chain === null ? 'add-header' : chain + ', add-header');
    return HeadersAction.Continue;
  }
}

registerPlugin(() => new AddHeaderPlugin());
