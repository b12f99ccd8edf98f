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
 */
export class Json {
  /** Of an Object: its keys, in the order of the document. */
  keys: string[] = EMPTY_KEYS;
  /** Of an Array its items, of an Object the values beside `keys`. */
  items: Json[] = EMPTY_ITEMS;
  /** Why the document does not parse; empty when it does. */
  error: string = '';

  constructor(
    readonly kind: JsonKind,
    private word: string = '',
    private value: f64 = 0,
  ) {}

  get isValid(): bool {
    return this.kind != JsonKind.Invalid;
  }
  get isMissing(): bool {
    return this.kind == JsonKind.Missing;
  }
  get isString(): bool {
    return this.kind == JsonKind.String;
  }
  get isNumber(): bool {
    return this.kind == JsonKind.Number;
  }
  get isBool(): bool {
    return this.kind == JsonKind.Bool;
  }
  get isArray(): bool {
    return this.kind == JsonKind.Array;
  }
  get isObject(): bool {
    return this.kind == JsonKind.Object;
  }

  /** The value at a key. Of a key that is repeated, the last. */
  get(key: string): Json {
    for (let i = this.keys.length - 1; i >= 0; i--) {
      if (unchecked(this.keys[i]) == key) return unchecked(this.items[i]);
    }
    return MISSING;
  }

  /** The item at an index of an Array. */
  at(index: i32): Json {
    return this.isArray && index >= 0 && index < this.items.length ? unchecked(this.items[index]) : MISSING;
  }

  /** Number of items of an Array or of keys of an Object. */
  get length(): i32 {
    return this.items.length;
  }

  /** The text of a String. */
  string(fallback: string = ''): string {
    return this.isString ? this.word : fallback;
  }
  /** The value of a Number. */
  number(fallback: f64 = 0): f64 {
    return this.isNumber ? this.value : fallback;
  }
  /** The value of a Number that is whole and fits; the fallback for any other. */
  integer(fallback: i32 = 0): i32 {
    const whole = <i32>this.value;
    return this.isNumber && <f64>whole == this.value ? whole : fallback;
  }
  /** The value of a Bool. */
  bool(fallback: bool = false): bool {
    return this.isBool ? this.value != 0 : fallback;
  }
}

const EMPTY_KEYS: string[] = [];
const EMPTY_ITEMS: Json[] = [];
const MISSING: Json = new Json(JsonKind.Missing);

/** Parses a document (RFC 8259). The result's `isValid` tells whether it is one. */
export function parseJson(text: string): Json {
  return new JsonReader(text).document();
}
