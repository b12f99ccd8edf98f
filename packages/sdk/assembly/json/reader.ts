import { Json, JsonKind } from './json';

/** Deeper documents are refused: each level takes stack, and a filter's stack is small. */
const MAX_DEPTH = 64;

/** Reads one document by recursive descent. After the first error every step returns at once. */
export class JsonReader {
  private at: i32 = 0;
  private error: string = '';

  constructor(private text: string) {}

  /** The value of the whole text, or a value of kind Invalid. */
  document(): Json {
    const value = this.element(0);
    if (this.error.length == 0 && this.at < this.text.length) this.fail('nothing more');
    if (this.error.length == 0) return value;
    const invalid = new Json(JsonKind.Invalid);
    invalid.error = this.error;
    return invalid;
  }

  /** A value with the white space around it. */
  private element(depth: i32): Json {
    this.skipSpace();
    const value = this.value(depth);
    this.skipSpace();
    return value;
  }

  private value(depth: i32): Json {
    const c = this.peek();
    if (c == 0x22) return new Json(JsonKind.String, this.stringBody());
    if (c == 0x7b || c == 0x5b) {
      if (depth < MAX_DEPTH) return c == 0x7b ? this.object(depth + 1) : this.array(depth + 1);
      return this.fail('at most 64 levels');
    }
    if (c == 0x2d || isDigit(c)) return this.numeral();
    if (this.takeWord('true')) return new Json(JsonKind.Bool, 'true');
    if (this.takeWord('false')) return new Json(JsonKind.Bool, 'false');
    if (this.takeWord('null')) return new Json(JsonKind.Null);
    return this.fail('a value');
  }

  private object(depth: i32): Json {
    const keys: string[] = [];
    const items: Json[] = [];
    this.at++;
    this.skipSpace();
    if (!this.take(0x7d)) {
      do {
        this.skipSpace();
        if (this.peek() != 0x22) return this.fail('a key in double quotes');
        keys.push(this.stringBody());
        this.skipSpace();
        if (!this.take(0x3a)) return this.fail("':'");
        items.push(this.element(depth));
      } while (this.error.length == 0 && this.take(0x2c));
      if (!this.take(0x7d)) return this.fail("',' or '}'");
    }
    return new Json(JsonKind.Object).__fill(keys, items);
  }

  private array(depth: i32): Json {
    const items: Json[] = [];
    this.at++;
    this.skipSpace();
    if (!this.take(0x5d)) {
      do {
        items.push(this.element(depth));
      } while (this.error.length == 0 && this.take(0x2c));
      if (!this.take(0x5d)) return this.fail("',' or ']'");
    }
    return new Json(JsonKind.Array).__fill(null, items);
  }

  /** The text between two quotes, escapes resolved. */
  private stringBody(): string {
    this.at++;
    let result = '';
    let from = this.at;
    while (this.at < this.text.length) {
      const c = this.peek();
      if (c == 0x22) {
        const last = this.text.substring(from, this.at++);
        return result.length == 0 ? last : result + last;
      }
      if (c < 0x20) {
        this.fail('no control character in a string');
        return '';
      }
      if (c != 0x5c) {
        this.at++;
        continue;
      }
      result += this.text.substring(from, this.at++);
      const unit = this.escape();
      if (unit < 0) {
        this.fail('a valid escape');
        return '';
      }
      result += String.fromCharCode(unit);
      from = this.at;
    }
    this.fail("'\"'");
    return '';
  }

  /** The UTF-16 unit of an escape after its backslash, or -1. */
  private escape(): i32 {
    const c = this.peek();
    this.at++;
    switch (c) {
      case 0x22:
      case 0x5c:
      case 0x2f:
        return c;
      case 0x62:
        return 0x08;
      case 0x66:
        return 0x0c;
      case 0x6e:
        return 0x0a;
      case 0x72:
        return 0x0d;
      case 0x74:
        return 0x09;
      case 0x75:
        break;
      default:
        return -1;
    }
    let unit = 0;
    for (let i = 0; i < 4; i++) {
      const digit = hexDigit(this.peek());
      if (digit < 0) return -1;
      unit = (unit << 4) | digit;
      this.at++;
    }
    return unit;
  }

  private numeral(): Json {
    const from = this.at;
    this.take(0x2d);
    if (!this.take(0x30) && !this.digits()) return this.fail('a digit');
    if (this.take(0x2e) && !this.digits()) return this.fail('a digit');
    if (this.take(0x65) || this.take(0x45)) {
      if (!this.take(0x2b)) this.take(0x2d);
      if (!this.digits()) return this.fail('a digit');
    }
    return new Json(JsonKind.Number, this.text.substring(from, this.at));
  }

  private digits(): bool {
    const from = this.at;
    while (isDigit(this.peek())) this.at++;
    return this.at > from;
  }

  private peek(): i32 {
    const text = this.text;
    const at = this.at;
    // `charCodeAt` would look at the length once more.
    return at < text.length ? <i32>load<u16>(changetype<usize>(text) + ((<usize>at) << 1)) : -1;
  }

  private take(unit: i32): bool {
    if (this.peek() != unit) return false;
    this.at++;
    return true;
  }

  private takeWord(word: string): bool {
    for (let i = 0; i < word.length; i++) {
      if (this.at + i >= this.text.length || this.text.charCodeAt(this.at + i) != word.charCodeAt(i))
        return false;
    }
    this.at += word.length;
    return true;
  }

  private skipSpace(): void {
    while (true) {
      const c = this.peek();
      if (c != 0x20 && c != 0x0a && c != 0x0d && c != 0x09) return;
      this.at++;
    }
  }

  /** Notes the first error, with the place as an editor counts it. */
  private fail(expected: string): Json {
    if (this.error.length == 0) {
      let line = 1;
      let start = 0;
      for (let i = 0; i < this.at && i < this.text.length; i++) {
        if (this.text.charCodeAt(i) != 0x0a) continue;
        line++;
        start = i + 1;
      }
      this.error =
        'expected ' + expected + ' at line ' + decimal(line) + ', column ' + decimal(this.at - start + 1);
    }
    return new Json(JsonKind.Invalid);
  }
}

/** The digits of a positive number, without the tables that the library's toString brings along. */
export function decimal(value: i32): string {
  const rest = value / 10;
  const digit = String.fromCharCode(0x30 + (value % 10));
  return rest == 0 ? digit : decimal(rest) + digit;
}

function isDigit(c: i32): bool {
  return c >= 0x30 && c <= 0x39;
}

function hexDigit(c: i32): i32 {
  if (isDigit(c)) return c - 0x30;
  const letter = c | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
