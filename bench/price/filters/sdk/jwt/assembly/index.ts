import {
  HeadersAction,
  HttpFilter,
  LocalResponse,
  Plugin,
  nowMilliseconds,
  registerPlugin,
  verifyJwt,
} from '@wasmcast/sdk/assembly';

class JwtPlugin extends Plugin {
  secret: ArrayBuffer = new ArrayBuffer(0);

  onConfigure(): bool {
    this.secret = this.configuration.bytes();
    return true;
  }

  createFilter(): HttpFilter {
    return new JwtFilter(this);
  }
}

class JwtFilter extends HttpFilter {
  private subject: string = '';

  constructor(private plugin: JwtPlugin) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const line = this.request.headers.getOr('authorization');
    const jwt = verifyJwt(line.substring('Bearer '.length), this.plugin.secret, nowMilliseconds());
    if (!jwt.isValid) {
      new LocalResponse(401).send();
      return HeadersAction.Pause;
    }
    this.subject = jwt.claims.get('sub').string();
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    this.response.headers.set('x-user', this.subject);
    return HeadersAction.Continue;
  }
}

registerPlugin(() => new JwtPlugin());
