import { HeadersAction, HttpFilter, LocalResponse, Plugin, registerPlugin } from '@wasmcast/sdk/assembly';

class DecidePlugin extends Plugin {
  createFilter(): HttpFilter {
    return new Decide();
  }
}

class Decide extends HttpFilter {
  onRequestHeaders(endOfStream: bool): HeadersAction {
    const headers = this.request.headers;
    const user = headers.getOr('x-user');
    const plan = headers.getOr('x-plan');
    const path = headers.getOr(':path');
    if (user.length > 0 && (plan == 'paid' || !path.startsWith('/premium'))) return HeadersAction.Continue;
    new LocalResponse(403).send();
    return HeadersAction.Pause;
  }
}

registerPlugin(() => new DecidePlugin());
