import { parseDecimal } from './number';
import { JsonReader } from './reader';

/** What a JSON value is. */
export enum JsonKind {
  /** Not there: a key or an index that the document does not have. */
  Missing,
  Null,
  Bool,
  Number,
  String,
  Array,
  Object,
  /** The document does not parse; `error` says where and why. */
  Invalid,
}

/**
 * A JSON value. Reading never fails and never returns null: what is not there is a value of kind Missing, what has another type
 * gives the fallback. So `config.get('limits').get('perSecond').number(100)` needs no checks on the way.
 *
 *     const limit = this.configuration.json().get('limits').get('perSecond').integer(100);
 */
export class Json {
  // Null where there is nothing: most values of a document are leaves.
  private names: string[] | null = null;
  private values: Json[] | null = null;
  /** Why the document does not parse; empty when it does. */
  error: string = '';

  /** For the SDK: `parseJson` makes them. */
  constructor(
    /** What it is. */
    readonly kind: JsonKind,
    /** The text of a String; of any other leaf its token. */
    private token: string = '',
  ) {}

  /** Whether the document parsed. */
  get isValid(): bool {
    return this.kind != JsonKind.Invalid;
  }
  /** Whether there is no such key or index. */
  get isMissing(): bool {
    return this.kind == JsonKind.Missing;
  }
  /** Whether it is a text. */
  get isString(): bool {
    return this.kind == JsonKind.String;
  }
  /** Whether it is a number. */
  get isNumber(): bool {
    return this.kind == JsonKind.Number;
  }
  /** Whether it is `true` or `false`. */
  get isBool(): bool {
    return this.kind == JsonKind.Bool;
  }
  /** Whether it is a list. */
  get isArray(): bool {
    return this.kind == JsonKind.Array;
  }
  /** Whether it has keys. */
  get isObject(): bool {
    return this.kind == JsonKind.Object;
  }

  /** Of an Object: its keys, in the order of the document. */
  get keys(): string[] {
    const names = this.names;
    return names === null ? [] : names;
  }
  /** Of an Array its items, of an Object the values beside `keys`. */
  get items(): Json[] {
    const values = this.values;
    return values === null ? [] : values;
  }
  /** Number of items of an Array or of keys of an Object. */
  get length(): i32 {
    const values = this.values;
    return values === null ? 0 : values.length;
  }

  /** The value at a key. Of a key that is repeated, the last. */
  get(key: string): Json {
    const names = this.names;
    const values = this.values;
    if (names !== null && values !== null) {
      for (let i = names.length - 1; i >= 0; i--) {
        if (unchecked(names[i]) == key) return unchecked(values[i]);
      }
    }
    return new Json(JsonKind.Missing);
  }

  /** The item at an index of an Array. */
  at(index: i32): Json {
    const values = this.values;
    if (values === null || !this.isArray || index < 0 || index >= values.length) {
      return new Json(JsonKind.Missing);
    }
    return unchecked(values[index]);
  }

  /** For the reader: fills an Array (no names) or an Object. */
  __fill(names: string[] | null, values: Json[]): this {
    this.names = names;
    this.values = values;
    return this;
  }

  /** The text of a String. */
  string(fallback: string = ''): string {
    return this.isString ? this.token : fallback;
  }
  /** The value of a Number. */
  number(fallback: f64 = 0): f64 {
    // Parsed only here, so that a filter whose configuration has no numbers carries no code for them.
    return this.isNumber ? parseDecimal(this.token) : fallback;
  }
  /** The value of a Number that is written as a whole one (no fraction, no exponent) and fits; the fallback for any other. */
  integer(fallback: i32 = 0): i32 {
    // Apart from `number`, whose exact arithmetic is most of a small filter.
    const token = this.token;
    const negative = token.startsWith('-');
    let value: i64 = 0;
    for (let i = i32(negative); i < token.length; i++) {
      const digit = token.charCodeAt(i) - 0x30;
      if (digit < 0 || digit > 9 || value > i32.MAX_VALUE) return fallback;
      value = value * 10 + digit;
    }
    if (negative) value = -value;
    return this.isNumber && value == <i64>(<i32>value) ? <i32>value : fallback;
  }
  /** The value of a Bool. */
  bool(fallback: bool = false): bool {
    return this.isBool ? this.token.length == 4 : fallback;
  }
}

/**
 * Parses a document (RFC 8259). The result's `isValid` tells whether it is one.
 *
 *     const json = parseJson(text);
 *     if (!json.isValid) log.warn(json.error);
 */
export function parseJson(text: string): Json {
  return new JsonReader(text).document();
}
