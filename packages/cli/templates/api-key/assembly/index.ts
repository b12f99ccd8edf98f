import {
  HeadersAction,
  HttpFilter,
  Json,
  LocalResponse,
  Plugin,
  registerPlugin,
  sameText,
} from '@wasmcast/sdk/assembly';

/** The filter as it is configured: `{"keys": {"k-7f3a": "alice", "k-91bc": "bob"}}`, each key with its consumer. */
class ApiKeyPlugin extends Plugin {
  keys: string[] = [];
  consumers: string[] = [];

  onConfigure(): bool {
    const config = this.configuration.settings();
    const keys = config.json('keys');
    this.keys = keys.keys;
    this.consumers = keys.items.map<string>((consumer: Json) => consumer.string());
    if (!keys.isObject || keys.length == 0) config.fault('keys', 'must name at least one key');
    if (this.keys.includes('')) config.fault('keys', 'must not have an empty key');
    if (this.consumers.includes('')) config.fault('keys', 'must have the name of a consumer for each key');
    return config.accept();
  }

  createFilter(): HttpFilter {
    return new ApiKey(this);
  }

  /** The consumer that a key belongs to, or null. Looks at every key in full: the time it takes tells nothing about any. */
  consumerOf(key: string): string | null {
    let found = -1;
    for (let i = 0; i < this.keys.length; i++) {
      if (sameText(this.keys[i], key)) found = i;
    }
    return found < 0 ? null : this.consumers[found];
  }
}

/** One request. */
class ApiKey extends HttpFilter {
  constructor(private plugin: ApiKeyPlugin) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const headers = this.request.headers;
    const key = headers.get('x-api-key');
    if (key === null) return this.refuse('the header x-api-key is missing');
    const consumer = this.plugin.consumerOf(key);
    if (consumer === null) return this.refuse('unknown key');
    // The upstream learns who asks, not by which key; what the client itself claims to be is replaced.
    headers.remove('x-api-key');
    headers.set('x-consumer', consumer);
    return HeadersAction.Continue;
  }

  private refuse(why: string): HeadersAction {
    new LocalResponse(401)
      .json('{"error":"' + why + '"}')
      .details('api_key_refused')
      .send();
    return HeadersAction.Pause;
  }
}

registerPlugin(() => new ApiKeyPlugin());
