/**
 * Writes one JSON object, member by member.
 *
 *     const line = new JsonWriter().string('path', path).integer('status', 200).end();
 */
export class JsonWriter {
  private text: string = '{';

  /** Adds a text. */
  string(key: string, value: string): this {
    return this.raw(key, quoteJson(value));
  }
  /** Adds a whole number. */
  integer(key: string, value: i64): this {
    return this.raw(key, value.toString());
  }
  /** Adds true or false. */
  bool(key: string, value: bool): this {
    return this.raw(key, value ? 'true' : 'false');
  }
  /** Adds what is JSON already. */
  raw(key: string, json: string): this {
    this.text += (this.text.length > 1 ? ',' : '') + quoteJson(key) + ':' + json;
    return this;
  }
  /** The whole object. */
  end(): string {
    return this.text + '}';
  }
}

/**
 * A text as a JSON string, with its quotes.
 *
 *     quoteJson('a "b"') == '"a \\"b\\""'
 */
export function quoteJson(text: string): string {
  let result = '"';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 0x20 && c != 0x22 && c != 0x5c) continue;
    result += text.substring(from, i) + '\\';
    if (c >= 0x20) result += String.fromCharCode(c);
    else if (c == 0x0a) result += 'n';
    else result += 'u00' + String.fromCharCode(0x30 + (c >> 4)) + hexDigit(c & 15);
    from = i + 1;
  }
  return result + text.substring(from) + '"';
}

function hexDigit(value: i32): string {
  return String.fromCharCode(value < 10 ? 0x30 + value : 0x57 + value);
}
