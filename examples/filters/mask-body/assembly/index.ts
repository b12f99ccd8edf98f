import {
  BodyAction,
  HeadersAction,
  HttpFilter,
  Json,
  Plugin,
  log,
  registerPlugin,
} from '@wasmcast/sdk/assembly';
import { maskCards } from './cards';

/** The filter as it is configured: `{"words": ["secret"], "cards": true, "mask": "***"}`. */
class MaskBodyPlugin extends Plugin {
  words: string[] = [];
  cards: bool = true;
  mask: string = '***';

  onConfigure(): bool {
    const config = this.configuration.json();
    if (!config.isValid) return refuse('the configuration is not JSON: ' + config.error);
    this.words = config.get('words').items.map<string>((word: Json) => word.string());
    this.cards = config.get('cards').bool(true);
    this.mask = config.get('mask').string('***');
    if (this.words.includes('')) return refuse('"words" must be a list of texts that are not empty');
    if (!this.cards && this.words.length == 0)
      return refuse('without "words" and "cards" there is nothing to mask');
    return true;
  }

  createFilter(): HttpFilter {
    return new MaskBody(this);
  }

  /** A text with everything masked that is configured. */
  masked(text: string): string {
    for (let i = 0; i < this.words.length; i++) text = text.replaceAll(this.words[i], this.mask);
    return this.cards ? maskCards(text, this.mask) : text;
  }
}

/** One request and its response. */
class MaskBody extends HttpFilter {
  private readable: bool = false;

  constructor(private plugin: MaskBodyPlugin) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    // What the upstream compresses or cuts into ranges could not be read here.
    this.request.headers.remove('accept-encoding');
    this.request.headers.remove('range');
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    const headers = this.response.headers;
    const chain = headers.get('x-chain');
    headers.set('x-chain', chain === null ? 'mask-body' : chain + ', mask-body');
    this.readable = !headers.has('content-encoding') && isText(headers.get('content-type'));
    // The length will change, and once these headers are sent on it cannot be corrected any more.
    if (this.readable && !endOfStream) headers.remove('content-length');
    return HeadersAction.Continue;
  }

  onResponseBody(size: i32, endOfStream: bool): BodyAction {
    if (!this.readable) return BodyAction.Continue;
    // A word may be cut in two between pieces, so the whole body is collected first.
    if (!endOfStream) return BodyAction.Buffer;
    const body = this.response.body;
    const text = body.text();
    if (text === null) return BodyAction.Continue;
    const masked = this.plugin.masked(text);
    if (masked != text) body.setText(masked);
    return BodyAction.Continue;
  }
}

function isText(type: string | null): bool {
  return type === null || type.startsWith('text/') || type.includes('json') || type.includes('xml');
}

function refuse(why: string): bool {
  log.error('mask-body: ' + why);
  return false;
}

registerPlugin(() => new MaskBodyPlugin());
