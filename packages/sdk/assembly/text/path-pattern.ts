import { percentDecode } from './percent';

/**
 * A pattern of paths: `:name` stands for one segment, `*` at the end for all that follows, also nothing.
 *
 *     const orders = new PathPattern('/shops/:shop/orders/*');      // once, in the plugin
 *     if (orders.matches(this.request.pathname)) orders.param('shop');
 */
export class PathPattern {
  private segments: string[];
  private found: string[] = [];

  /** Takes it apart: do so once, in a field of the plugin. */
  constructor(pattern: string) {
    this.segments = pattern.split('/');
  }

  /** Whether a path, without its query, has this form. Segments are compared decoded, so that `%61` is no way around a rule. */
  matches(path: string): bool {
    const parts = path.split('/');
    const segments = this.segments;
    this.found = parts;
    for (let i = 0; i < segments.length; i++) {
      const segment = segments[i];
      if (segment == '*' && i == segments.length - 1) return true;
      if (i >= parts.length) return false;
      parts[i] = percentDecode(parts[i]);
      if (segment.startsWith(':') ? parts[i].length == 0 : segment != parts[i]) return false;
    }
    return parts.length == segments.length;
  }

  /** What stood for `:name` in the path that matched last; empty when the pattern has no such name. */
  param(name: string): string {
    const at = this.segments.indexOf(':' + name);
    return at >= 0 && at < this.found.length ? this.found[at] : '';
  }
}
