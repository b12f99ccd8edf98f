import {
  HeadersAction,
  HttpFilter,
  Json,
  LocalResponse,
  Plugin,
  log,
  registerPlugin,
} from '@wasmcast/sdk/assembly';

/** The filter as it is configured: `{"keys": {"k-7f3a": "alice", "k-91bc": "bob"}}`, each key with its consumer. */
class ApiKeyPlugin extends Plugin {
  keys: string[] = [];
  consumers: string[] = [];

  onConfigure(): bool {
    const config = this.configuration.json();
    if (!config.isValid) return refuse('the configuration is not JSON: ' + config.error);
    const keys = config.get('keys');
    if (!keys.isObject || keys.length == 0)
      return refuse('the configuration must name at least one of "keys"');
    this.keys = keys.keys;
    this.consumers = keys.items.map<string>((consumer: Json) => consumer.string());
    if (this.keys.includes('')) return refuse('a key must not be empty');
    if (this.consumers.includes('')) return refuse('each key must have the name of its consumer');
    return true;
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

/** One request and its response. */
class ApiKey extends HttpFilter {
  constructor(private plugin: ApiKeyPlugin) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const headers = this.request.headers;
    const key = headers.get('x-api-key');
    let consumer: string | null = null;
    if (key !== null) consumer = this.plugin.consumerOf(key);
    if (consumer === null) {
      new LocalResponse(401)
        .json('{"error":"' + (key === null ? 'the header x-api-key is missing' : 'unknown key') + '"}')
        .details('api_key_refused')
        .send();
      return HeadersAction.Pause;
    }
    // The upstream learns who asks, not by which key; what the client itself claims to be is replaced.
    headers.remove('x-api-key');
    headers.set('x-consumer', consumer);
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    const headers = this.response.headers;
    const chain = headers.get('x-chain');
    headers.set('x-chain', chain === null ? 'api-key' : chain + ', api-key');
    return HeadersAction.Continue;
  }
}

function refuse(why: string): bool {
  log.error('api-key: ' + why);
  return false;
}

function sameText(a: string, b: string): bool {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length && i < b.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference == 0;
}

registerPlugin(() => new ApiKeyPlugin());
