import { HeadersAction, HttpFilter, Plugin, log, registerPlugin } from '@wasmcast/sdk/assembly';

/** The filter as it is configured: `{"header": "x-greeting", "value": "hello"}`. */
class AddHeaderPlugin extends Plugin {
  header: string = '';
  value: string = '';

  onConfigure(): bool {
    const config = this.configuration.json();
    if (!config.isValid) {
      log.error('add-header: the configuration is not JSON: ' + config.error);
      return false;
    }
    this.header = config.get('header').string();
    this.value = config.get('value').string();
    if (this.header.length == 0) {
      log.error('add-header: the configuration names no "header"');
      return false;
    }
    return true;
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
    this.response.headers.set(this.plugin.header, this.plugin.value);
    // Each filter of a chain adds its name, so that the order in which they ran can be read from the response.
    this.response.headers.add('x-chain', 'add-header');
    return HeadersAction.Continue;
  }
}

registerPlugin(() => new AddHeaderPlugin());
