import { HeadersAction, HttpFilter, Plugin, registerPlugin } from '@wasmcast/sdk/assembly';

class AddHeaderPlugin extends Plugin {
  createFilter(): HttpFilter {
    return new AddHeader();
  }
}

class AddHeader extends HttpFilter {
  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.response.headers.add('x-filter', 'price');
    return HeadersAction.Continue;
  }
}

registerPlugin(() => new AddHeaderPlugin());
