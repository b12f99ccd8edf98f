/**
 * A URL as it may be shown: without what stands before an `@` and after a `?` or `#`, where people put tokens. A text that
 * is no URL is not shown at all.
 */
export function redactedUrl(url: string): string {
  if (!URL.canParse(url)) return '(no URL)';
  const { protocol, host, pathname, search, hash } = new URL(url);
  return `${protocol}//${host}${pathname}${search === '' && hash === '' ? '' : '?…'}`;
}
