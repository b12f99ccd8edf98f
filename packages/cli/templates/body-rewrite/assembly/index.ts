import {
  Body,
  BodyAction,
  BodyCollector,
  HeadersAction,
  HttpFilter,
  Json,
  JsonKind,
  Plugin,
  registerPlugin,
} from '@wasmcast/sdk/assembly';

/** The filter as it is configured: `{"request": {"colour": "color"}, "response": {"localhost": "shop.example"}, "limit": 262144}`. */
class RewritePlugin extends Plugin {
  request: Rules = new Rules(new Json(JsonKind.Missing));
  response: Rules = new Rules(new Json(JsonKind.Missing));
  limit: i32 = 0;

  onConfigure(): bool {
    const config = this.configuration.settings();
    this.request = new Rules(config.json('request'));
    this.response = new Rules(config.json('response'));
    this.limit = config.integer('limit', 256 << 10, 1);
    if (!this.request.isComplete) config.fault('request', 'must have a text for each text');
    if (!this.response.isComplete) config.fault('response', 'must have a text for each text');
    if (this.request.isEmpty && this.response.isEmpty)
      config.fault('', 'does nothing without "request" and "response"');
    return config.accept();
  }

  createFilter(): HttpFilter {
    return new Rewrite(this);
  }
}

/** Texts, and what replaces each. */
class Rules {
  private from: string[];
  private to: string[];
  readonly isComplete: bool;

  constructor(config: Json) {
    this.from = config.keys;
    this.to = config.items.map<string>((item: Json) => item.string());
    this.isComplete = !this.from.includes('') && config.items.every((item: Json) => item.isString);
  }

  get isEmpty(): bool {
    return this.from.length == 0;
  }

  apply(body: Body): void {
    for (let i = 0; i < this.from.length; i++) body.replaceAll(this.from[i], this.to[i]);
  }
}

/** One request and its response. */
class Rewrite extends HttpFilter {
  private incoming: BodyCollector;
  private outgoing: BodyCollector;

  constructor(private plugin: RewritePlugin) {
    super();
    this.incoming = new BodyCollector(plugin.limit);
    this.outgoing = new BodyCollector(plugin.limit);
    this.incoming.gaveUp = plugin.request.isEmpty;
    this.outgoing.gaveUp = plugin.response.isEmpty;
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const headers = this.request.headers;
    if (!this.outgoing.gaveUp) headers.remove('accept-encoding');
    if (!this.incoming.gaveUp && !endOfStream) this.incoming.begin(headers);
    return HeadersAction.Continue;
  }

  onRequestBody(size: i32, endOfStream: bool): BodyAction {
    if (!this.incoming.collect(size, endOfStream)) return this.incoming.action;
    this.plugin.request.apply(this.request.body);
    return BodyAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    if (!this.outgoing.gaveUp && !endOfStream) this.outgoing.begin(this.response.headers);
    return HeadersAction.Continue;
  }

  onResponseBody(size: i32, endOfStream: bool): BodyAction {
    if (!this.outgoing.collect(size, endOfStream)) return this.outgoing.action;
    this.plugin.response.apply(this.response.body);
    return BodyAction.Continue;
  }
}

registerPlugin(() => new RewritePlugin());
