import {
  CallResponse,
  HeadersAction,
  HttpCall,
  HttpFilter,
  LocalResponse,
  Plugin,
  Status,
  log,
  registerPlugin,
  statusText,
} from '@wasmcast/sdk/assembly';

/** The filter as it is configured: `{"cluster": "auth", "path": "/check", "timeout": 500, "headers": ["authorization"]}`. */
class ExtAuthPlugin extends Plugin {
  cluster: string = '';
  path: string = '';
  timeout: i32 = 0;
  headers: string[] = [];
  failOpen: bool = false;

  onConfigure(): bool {
    const config = this.configuration.settings();
    this.cluster = config.text('cluster');
    this.path = config.textOr('path', '/');
    this.timeout = config.integer('timeout', 500, 1);
    this.headers = config.texts('headers');
    this.failOpen = config.flag('failOpen');
    return config.accept();
  }

  createFilter(): HttpFilter {
    return new ExtAuth(this);
  }
}

/** One request. */
class ExtAuth extends HttpFilter {
  constructor(readonly plugin: ExtAuthPlugin) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const status = new Question(this).ask();
    if (status == Status.Ok) return HeadersAction.Pause;
    log.error('{{name}}: the cluster ' + this.plugin.cluster + ' cannot be asked: ' + statusText(status));
    if (this.plugin.failOpen) return HeadersAction.Continue;
    this.unavailable();
    return HeadersAction.Pause;
  }

  unavailable(): void {
    new LocalResponse(503)
      .json('{"error":"not authorized: no answer"}')
      .details('ext_auth_unavailable')
      .send();
  }
}

/** Asks whether a request may pass, and does what the answer says. */
class Question extends HttpCall {
  constructor(private stream: ExtAuth) {
    super(stream.plugin.cluster);
  }

  ask(): Status {
    const plugin = this.stream.plugin;
    const request = this.stream.request;
    this.path(plugin.path).timeout(plugin.timeout);
    this.header('x-original-method', request.method).header('x-original-path', request.path);
    for (let i = 0; i < plugin.headers.length; i++) {
      const value = request.headers.get(plugin.headers[i]);
      if (value !== null) this.header(plugin.headers[i], value);
    }
    return this.send();
  }

  onResponse(response: CallResponse): void {
    const status = response.status;
    if (status == 200) {
      // What the client itself claims to be is replaced, also by nothing.
      const user = response.headers.get('x-user');
      if (user === null) this.stream.request.headers.remove('x-user');
      else this.stream.request.headers.set('x-user', user);
      this.stream.resumeRequest();
    } else if (status >= 500) {
      // Envoy answers 503 and 504 itself when the service is down or slow.
      this.onFailure('status ' + status.toString());
    } else {
      const body = response.body.text();
      new LocalResponse(status)
        .body(body === null ? '' : body)
        .details('ext_auth_denied')
        .send();
    }
  }

  onFailure(reason: string): void {
    log.warn('{{name}}: no answer: ' + reason);
    if (this.stream.plugin.failOpen) this.stream.resumeRequest();
    else this.stream.unavailable();
  }
}

registerPlugin(() => new ExtAuthPlugin());
