import { percentDecode } from './percent';

/**
 * The parameters of a query string or of a form (`application/x-www-form-urlencoded`), decoded.
 *
 *     const page = this.request.query.getOr('page', '1');
 *     const form = new Query(body);
 */
export class Query {
  /** `text`: as in a URL behind the question mark, or as a form is sent. */
  constructor(private text: string) {}

  /** The first value of a name, or null. */
  get(name: string): string | null {
    const found = this.collect(name, 1);
    return found.length == 0 ? null : found[0];
  }

  /** As `get`, with a text for when there is none. */
  getOr(name: string, fallback: string = ''): string {
    const value = this.get(name);
    return value === null ? fallback : value;
  }

  /** Whether a name is there. */
  has(name: string): bool {
    return this.get(name) !== null;
  }

  /** Every value of a name, in order. */
  getAll(name: string): string[] {
    return this.collect(name, i32.MAX_VALUE);
  }

  // Read anew each time: most filters ask for one name, and a table of all would cost more than that.
  private collect(name: string, most: i32): string[] {
    const found: string[] = [];
    const text = this.text;
    let from = 0;
    while (from < text.length && found.length < most) {
      let end = text.indexOf('&', from);
      if (end < 0) end = text.length;
      let middle = text.indexOf('=', from);
      if (middle < 0 || middle > end) middle = end;
      if (percentDecode(text.substring(from, middle), true) == name) {
        found.push(middle < end ? percentDecode(text.substring(middle + 1, end), true) : '');
      }
      from = end + 1;
    }
    return found;
  }
}
