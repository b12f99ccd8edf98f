import { Json, JsonKind, parseJson } from './json/json';
import { decimal } from './json/reader';
import { log } from './log';

/**
 * A configuration that is read key by key into the fields of a plugin. What has the wrong type, what is missing and what nobody asked
 * for is said in the log, all of it, and then `accept` is false.
 *
 *     onConfigure(): bool {
 *       const config = this.configuration.settings();
 *       this.header = config.text('header');
 *       this.limit = config.integer('limit', 10, 1, 1000);
 *       return config.accept();
 *     }
 */
export class Settings {
  private accepted: bool = true;
  /** The keys that were asked for, in quotes. */
  private known: string = '';

  /** For the SDK: `Configuration.settings` makes them. The path is that of an inner object. */
  constructor(
    private root: Json,
    private path: string = '',
  ) {
    if (!root.isValid) this.fault('', 'is not JSON: ' + root.error);
    else if (!root.isObject) this.fault('', 'must be an object');
  }

  /** A text that must be there and not be empty. */
  text(key: string): string {
    const value = this.json(key);
    if (!value.isString || value.string().length == 0) this.fault(key, 'must be a text that is not empty');
    return value.string();
  }

  /** A text, with what it is when it is not there. */
  textOr(key: string, fallback: string): string {
    return this.optional(key, JsonKind.String, 'a text').string(fallback);
  }

  /** A whole number from `least` to `most`, with what it is when it is not there. */
  integer(key: string, fallback: i32, least: i32 = 0, most: i32 = i32.MAX_VALUE): i32 {
    const value = this.json(key);
    if (value.isMissing) return fallback;
    const low = value.integer(i32.MIN_VALUE);
    if (value.integer(i32.MAX_VALUE) != low || low < least || low > most) {
      const above = most == i32.MAX_VALUE ? ' or more' : ' to ' + signed(most);
      this.fault(
        key,
        'must be a whole number' + (least == i32.MIN_VALUE ? '' : ', ' + signed(least) + above),
      );
    }
    return low;
  }

  /** A number that must be there and be greater than 0. */
  positive(key: string): f64 {
    const value = this.json(key).number(0);
    if (!(value > 0)) this.fault(key, 'must be a number greater than 0');
    return value;
  }

  /** A number that must be there. */
  number(key: string): f64 {
    const value = this.json(key);
    if (!value.isNumber) this.fault(key, 'must be a number');
    return value.number(0);
  }

  /** True or false, with what it is when it is not there. */
  flag(key: string, fallback: bool = false): bool {
    return this.optional(key, JsonKind.Bool, 'true or false').bool(fallback);
  }

  /** A list of texts that are not empty; empty when it is not there. */
  texts(key: string): string[] {
    const items = this.optional(key, JsonKind.Array, 'a list of texts').items;
    const all = items.map<string>((item: Json) => item.string());
    if (all.includes('')) this.fault(key, 'must be a list of texts that are not empty');
    return all;
  }

  /** An object within, for whose faults `include` accounts. */
  inner(key: string): Settings {
    return new Settings(this.json(key), this.pathOf(key));
  }

  /** As `inner`, the items of a list of objects. */
  list(key: string): Settings[] {
    const value = this.json(key);
    if (!value.isArray) this.fault(key, 'must be a list');
    const all: Settings[] = [];
    for (let i = 0; i < value.length; i++) {
      all.push(new Settings(value.at(i), this.pathOf(key) + '[' + decimal(i) + ']'));
    }
    return all;
  }

  /** What `accept` of an inner object said. */
  include(accepted: bool): void {
    if (!accepted) this.accepted = false;
  }

  /** Whether there is a value at a key. It is a fault that there is none where it is required. */
  given(key: string, required: bool): bool {
    const found = !this.json(key).isMissing;
    if (required && !found) this.fault(key, 'is missing');
    return found;
  }

  /** Whether there was no fault so far. */
  get isAccepted(): bool {
    return this.accepted;
  }

  /** Anything else, to be read by hand. */
  json(key: string): Json {
    if (!this.known.includes(quoted(key))) this.known += (this.known.length == 0 ? '' : ', ') + quoted(key);
    return this.root.get(key);
  }

  /** Says a fault of the filter's own. An empty key stands for the whole configuration. */
  fault(key: string, words: string): void {
    // Of what is no object at all, nothing more is said.
    if (this.accepted || this.root.isObject) {
      const path = this.pathOf(key);
      log.error((path.length == 0 ? 'the configuration' : quoted(path)) + ' ' + words);
    }
    this.accepted = false;
  }

  /** Whether there was no fault, nor a key that nobody asked for. What `onConfigure` returns. */
  accept(): bool {
    const keys = this.root.keys;
    for (let i = 0; i < keys.length; i++) {
      if (!this.known.includes(quoted(keys[i]))) this.fault(keys[i], 'is unknown; known are ' + this.known);
    }
    return this.accepted;
  }

  private pathOf(key: string): string {
    const both = this.path.length > 0 && key.length > 0;
    return this.path + (both ? '.' : '') + key;
  }

  private optional(key: string, kind: JsonKind, wanted: string): Json {
    const value = this.json(key);
    if (!value.isMissing && value.kind != kind) this.fault(key, 'must be ' + wanted);
    return value;
  }
}

function quoted(key: string): string {
  return '"' + key + '"';
}

function signed(value: i32): string {
  return value < 0 ? '-' + decimal(-value) : decimal(value);
}

/** The settings in a text; nothing at all is `{}`. */
export function settingsOf(text: string): Settings {
  return new Settings(parseJson(text.length == 0 ? '{}' : text));
}
