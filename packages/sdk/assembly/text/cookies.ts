/**
 * The value of a cookie in the text of a `cookie` header, or null. Filters ask `this.request.cookie(name)`.
 *
 *     const group = cookieOf('a=1; group=b', 'group');
 */
export function cookieOf(header: string, name: string): string | null {
  let from = 0;
  while (from < header.length) {
    let end = header.indexOf(';', from);
    if (end < 0) end = header.length;
    const middle = header.indexOf('=', from);
    if (middle >= 0 && middle < end && header.substring(from, middle).trim() == name) {
      const value = header.substring(middle + 1, end).trim();
      const quoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
      return quoted ? value.substring(1, value.length - 1) : value;
    }
    from = end + 1;
  }
  return null;
}

/**
 * A `set-cookie` line.
 *
 *     const line = new SetCookie('group', 'b').maxAge(86400).httpOnly().secure().toString();
 *     this.response.headers.add('set-cookie', line);
 */
export class SetCookie {
  private line: string;

  /** For every path of the host, until the browser is closed. */
  constructor(name: string, value: string) {
    this.line = name + '=' + value + '; Path=/';
  }

  /** How many seconds it is kept; 0 deletes it. */
  maxAge(seconds: i64): this {
    return this.with('Max-Age=' + seconds.toString());
  }
  /** For a domain and all under it. */
  domain(domain: string): this {
    return this.with('Domain=' + domain);
  }
  /** Scripts of the page cannot read it. */
  httpOnly(): this {
    return this.with('HttpOnly');
  }
  /** Only over TLS. */
  secure(): this {
    return this.with('Secure');
  }
  /** `Strict`, `Lax` or `None`. */
  sameSite(rule: string): this {
    return this.with('SameSite=' + rule);
  }
  /** The line. */
  toString(): string {
    return this.line;
  }

  private with(attribute: string): this {
    this.line += '; ' + attribute;
    return this;
  }
}
