import {
  BodyAction,
  BodyCollector,
  HeadersAction,
  HttpFilter,
  Plugin,
  log,
  registerPlugin,
} from '@wasmcast/sdk/assembly';
import { maskCards } from './cards';
import { maskEmails } from './emails';

/** The filter as it is configured: `{"emails": true, "cards": true, "words": ["secret"], "mask": "***", "limit": 1048576}`. */
class MaskPlugin extends Plugin {
  emails: bool = true;
  cards: bool = true;
  words: string[] = [];
  mask: string = '';
  limit: i32 = 0;
  passLarge: bool = false;

  onConfigure(): bool {
    const config = this.configuration.settings();
    this.emails = config.flag('emails', true);
    this.cards = config.flag('cards', true);
    this.words = config.texts('words');
    this.mask = config.textOr('mask', '***');
    this.limit = config.integer('limit', 1 << 20, 1);
    this.passLarge = config.flag('passLarge');
    if (!this.emails && !this.cards && this.words.length == 0) config.fault('', 'masks nothing');
    return config.accept();
  }

  createFilter(): HttpFilter {
    return new Mask(this);
  }

  /** A text with everything masked that is configured. */
  masked(text: string): string {
    for (let i = 0; i < this.words.length; i++) text = text.replaceAll(this.words[i], this.mask);
    if (this.emails) text = maskEmails(text, this.mask);
    return this.cards ? maskCards(text, this.mask) : text;
  }
}

/** One request and its response. */
class Mask extends HttpFilter {
  private collector: BodyCollector;
  private readable: bool = false;

  constructor(private plugin: MaskPlugin) {
    super();
    this.collector = new BodyCollector(plugin.limit);
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    // What the upstream compresses or cuts into ranges could not be read here.
    this.request.headers.remove('accept-encoding');
    this.request.headers.remove('range');
    return HeadersAction.Continue;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    const headers = this.response.headers;
    const type = headers.getOr('content-type', 'text/plain');
    this.readable = type.startsWith('text/') || type.includes('json') || type.includes('xml');
    if (this.readable && !endOfStream) this.collector.begin(headers);
    return HeadersAction.Continue;
  }

  onResponseBody(size: i32, endOfStream: bool): BodyAction {
    if (!this.readable) return BodyAction.Continue;
    // An address may be cut in two between pieces, so the whole body is collected first.
    if (!this.collector.collect(size, endOfStream))
      return this.collector.gaveUp ? this.unread() : this.collector.action;
    const body = this.response.body;
    const text = body.text();
    if (text === null) return BodyAction.Continue;
    const masked = this.plugin.masked(text);
    if (masked != text) body.setText(masked);
    return BodyAction.Continue;
  }

  /** A body that could not be looked at. */
  private unread(): BodyAction {
    if (this.plugin.passLarge) return BodyAction.Continue;
    log.warn(
      '{{name}}: a response that is too large or compressed was cut off, since it could not be masked',
    );
    this.reset();
    return BodyAction.Buffer;
  }
}

registerPlugin(() => new MaskPlugin());
